"""VROOM through pyvroom: the highest exploration level, one thread; it mostly ends by itself."""

from datetime import timedelta
from importlib.metadata import version

import numpy as np
import vroom
from clocked import Job, Route, serve

LEVEL = 5


def run(job: Job) -> list[Route]:
    """Metres as VROOM's custom costs, seconds as its durations; unassigned stops are left out."""
    question = vroom.Input()
    question.set_durations_matrix("car", np.array(job["duration"], dtype=np.uint32))
    question.set_costs_matrix("car", np.array(job["distance"], dtype=np.uint32))
    fleet = [kind for kind in job["vehicles"] for _ in range(kind["count"])]
    for number, kind in enumerate(fleet):
        question.add_vehicle(
            vroom.Vehicle(
                number,
                start=0,
                end=0,
                capacity=[kind["capacity"]],
                time_window=vroom.TimeWindow(kind["start_s"], kind["end_s"]),
            )
        )
    for at, stop in enumerate(job["stops"], start=1):
        window = vroom.TimeWindow(stop["open_s"], stop["close_s"])
        question.add_job(
            vroom.Job(
                at,
                location=at,
                default_service=stop["service_s"],
                delivery=[stop["boxes"]],
                time_windows=[window],
            )
        )
    answer = question.solve(LEVEL, nb_threads=1, timeout=timedelta(seconds=job["limit_s"]))
    trips: dict[int, list[int]] = {}
    for step in answer.routes.itertuples():
        if step.type == "job":
            trips.setdefault(int(step.vehicle_id), []).append(int(step.id))
    return [{"type": fleet[number]["type"], "trips": [trip]} for number, trip in trips.items()]


serve(version("pyvroom"), run)
