"""`nuanzao device`: the tills of the county, their enrolment and their end."""

import click

from api import clock
from api.commands.options import ONE_LINE, json_flag
from api.commands.output import say_json, table
from api.devices import ENROL_MINUTES, add_device, enrolment_code, list_devices, revoke_device
from api.house import open_house
from api.labels import moment

LONGEST_MINUTES = 24 * 60


@click.group()
def device() -> None:
    """Tills: add, enrol with a one-time code, take out of service, list."""


@device.command("add")
@click.option("--site", required=True, help="site id")
@click.option("--name", default="", type=str, help="what people call it; the id if absent")
@json_flag
def device_add(site: str, name: str, as_json: bool) -> None:
    """Add a till to a site; it can do nothing before it is enrolled."""
    shown = ONE_LINE.convert(name, None, None) if name else ""
    device_id = add_device(open_house(), site, name=shown)
    if as_json:
        say_json({"device_id": device_id, "site_id": site})
    else:
        click.echo(f"{device_id}: added to {site}; next: nuanzao device enrol {device_id}")


@device.command("enrol")
@click.argument("device_id", metavar="DEVICE")
@click.option(
    "--minutes",
    default=ENROL_MINUTES,
    show_default=True,
    type=click.IntRange(1, LONGEST_MINUTES),
    help="how long the code is good",
)
@json_flag
def device_enrol(device_id: str, minutes: int, as_json: bool) -> None:
    """Make a one-time code for a till and show it this once; earlier codes of the till are withdrawn."""
    made = enrolment_code(open_house(), device_id, minutes=minutes, now=clock.now())
    if as_json:
        say_json(made)
    else:
        click.echo(f"{made.code}   {made.device_id}, good until {moment(made.expires_at)}")


@device.command("revoke")
@click.argument("device_id", metavar="DEVICE")
@click.option("--reason", required=True, type=ONE_LINE, help="why, in one line")
@json_flag
def device_revoke(device_id: str, reason: str, as_json: bool) -> None:
    """Take a till out of service for good: its token and open codes are dead at once."""
    was_live = revoke_device(open_house(), device_id, reason=reason, now=clock.now())
    if as_json:
        say_json({"device_id": device_id, "revoked": was_live})
    else:
        click.echo(f"{device_id}: {'revoked' if was_live else 'was revoked already'}")


@device.command("list")
@click.option("--site", help="tills of one site (its id)")
@json_flag
def device_list(site: str | None, as_json: bool) -> None:
    """Every till: site, name, epoch, state, when it was enrolled."""
    found = list_devices(open_house(), site_id=site)
    if as_json:
        say_json(found)
        return
    columns = ("device", "site", "place", "name", "epoch", "state", "enrolled")
    rows = [
        (
            one.device_id,
            one.site_id,
            one.site_name,
            one.name,
            one.epoch,
            one.state,
            moment(one.enrolled_at) if one.enrolled_at else "-",
        )
        for one in found
    ]
    table(f"{len(found)} tills", columns, rows)


COMMAND = device
