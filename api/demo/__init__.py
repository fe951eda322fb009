"""An invented county, whole and repeatable: everything follows from one seed."""
