"""Asks the installed Prefect what it makes of schedules.

Reads {"count": n, "cases": [{"schedule": {...}, "starts": ["2026-01-01T00:00:00", ...], "seconds": 6}]} from standard
input and writes one {"accepted": bool, "dates": [[...], ...]} per case. A start is in UTC; dates are "...Z" in UTC. A
list of dates is null if Prefect raises instead of answering, and a string if it takes longer than the seconds.
"""

import asyncio
import datetime
import json
import signal
import sys

from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

DEFAULT_SECONDS = 6


class TooLong(Exception):
    pass


def alarm(_signal, _frame):
    raise TooLong


def build(schedule):
    if "cron" in schedule:
        return CronSchedule(**schedule)
    if "rrule" in schedule:
        return RRuleSchedule(**schedule)
    interval = datetime.timedelta(milliseconds=schedule.pop("interval_milliseconds"))
    return IntervalSchedule(interval=interval, **schedule)


def dates(schedule, count, start, seconds):
    moment = datetime.datetime.fromisoformat(start).replace(tzinfo=datetime.timezone.utc)
    signal.alarm(seconds)
    try:
        found = asyncio.run(schedule.get_dates(count, moment))
    except TooLong:
        return "too long"
    except Exception:
        return None
    finally:
        signal.alarm(0)
    utc = (date.astimezone(datetime.timezone.utc) for date in found)
    return [date.strftime("%Y-%m-%dT%H:%M:%SZ") for date in utc]


def answer(case, count):
    try:
        schedule = build(case["schedule"])
    except Exception:
        return {"accepted": False, "dates": []}
    seconds = case.get("seconds", DEFAULT_SECONDS)
    return {"accepted": True, "dates": [dates(schedule, count, start, seconds) for start in case["starts"]]}


signal.signal(signal.SIGALRM, alarm)
request = json.load(sys.stdin)
json.dump([answer(case, request["count"]) for case in request["cases"]], sys.stdout)
