"""Who is told, when, by what (policy.md, "Who is told"), as rows. Version 1.

T + is seconds since the incident had its grade. A row is one audience; rows of one moment go out in parallel.
"""

from zhigan.outlets.notify.model import Purpose, Row, Until, Way, Which, Who
from zhigan.vocabulary.grades import Grade

VERSION = 1
MINUTE, HOUR, DAY = 60, 3600, 86_400
LOUD = (Way.VOICE, Way.SMS, Way.APP, Way.WECHAT, Way.PUSH, Way.WEBPUSH)
PLAIN = (Way.SMS, Way.APP, Way.WECHAT, Way.PUSH, Way.WEBPUSH)
QUIET = (Way.APP, Way.WECHAT, Way.PUSH, Way.WEBPUSH)
POSTS = (Way.ROBOT, Way.WEBHOOK)
AROUND = (Who.CONTROL_ROOM, Who.MANAGER, Who.PROPERTY, Who.STATION, Who.GRID, Who.HOUSEHOLD)
MINDERS = (Who.MANAGER, Who.LEAD)
NOT_THE_SITE = frozenset({Who.POST, Who.DESK, Who.LEAD, Who.SUPERVISOR, Who.INDUSTRY})
"""Told of an alarm besides those who stand around it."""

ESCALATION: dict[Grade, tuple[Row, ...]] = {
    Grade.I: (
        Row(key="around", after=0, whom=AROUND, by=LOUD),
        Row(key="household", after=0, whom=(Who.HOUSEHOLD,), by=LOUD, which=Which.ALL),
        Row(key="posts", after=0, whom=(Who.POST,), by=POSTS, which=Which.ALL, until=Until.CLOSED),
        Row(key="again", after=30, whom=AROUND, by=(Way.SMS,), second=True, until=Until.ACCEPTED),
        Row(key="desks", after=30, whom=(Who.DESK,), by=QUIET, which=Which.ALL, until=Until.ACCEPTED),
        Row(key="next", after=60, whom=AROUND, by=(Way.VOICE, Way.SMS), which=Which.NEXT),
        Row(key="lead", after=60, whom=(Who.LEAD,), by=LOUD),
        Row(
            key="brigade",
            after=5 * MINUTE,
            whom=(Who.BRIGADE, Who.NEIGHBOUR_STATION, Who.COMMUNITY),
            by=LOUD,
            which=Which.ALL,
            until=Until.SAFE,
        ),
        Row(key="round", after=6 * MINUTE, whom=AROUND, by=(Way.VOICE, Way.SMS), every=5 * MINUTE),
        *(
            Row(
                key=f"status{minutes}",
                after=minutes * MINUTE,
                whom=MINDERS,
                by=PLAIN,
                until=Until.CLOSED,
                purpose=Purpose.STATUS,
            )
            for minutes in (15, 30)
        ),
        Row(
            key="status",
            after=60 * MINUTE,
            whom=MINDERS,
            by=PLAIN,
            until=Until.CLOSED,
            purpose=Purpose.STATUS,
            every=60 * MINUTE,
        ),
    ),
    Grade.II: (
        Row(key="site", after=0, by=LOUD, site=True),
        Row(key="household", after=0, whom=(Who.HOUSEHOLD,), by=LOUD, which=Which.ALL),
        Row(key="near", after=0, whom=(Who.PROPERTY, Who.STATION, Who.MANAGER), by=QUIET, which=Which.ALL),
        Row(key="posts", after=0, whom=(Who.POST,), by=POSTS, which=Which.ALL, until=Until.CLOSED),
        Row(key="desks", after=30, whom=(Who.DESK,), by=QUIET, which=Which.ALL, until=Until.ACCEPTED),
        Row(key="voices", after=60, whom=(Who.PROPERTY, Who.STATION), by=(Way.VOICE, Way.SMS)),
        Row(key="sent", after=0, whom=(Who.STATION,), by=LOUD, countdown=True),
        Row(key="next", after=2 * MINUTE, by=(Way.VOICE, Way.SMS), which=Which.NEXT, site=True),
        Row(key="round", after=5 * MINUTE, by=(Way.VOICE, Way.SMS), site=True, every=5 * MINUTE),
    ),
    Grade.III: (
        Row(key="manager", after=0, whom=(Who.MANAGER, Who.MAINTAINER), by=PLAIN),
        Row(key="unread", after=10 * MINUTE, whom=(Who.MANAGER,), by=(Way.VOICE,), until=Until.READ, by_day=True),
        Row(key="night", after=30 * MINUTE, whom=(Who.MANAGER,), by=(Way.VOICE,), classes=(1,), night=True),
        Row(key="heads", after=30 * MINUTE, whom=(Who.PROPERTY, Who.MAINTAINER), by=PLAIN),
        Row(key="supervisor", after=4 * HOUR, whom=(Who.SUPERVISOR, Who.INDUSTRY), by=PLAIN),
        Row(key="brigade", after=24 * HOUR, whom=(Who.BRIGADE,), by=PLAIN),
    ),
    Grade.IV: (
        Row(key="task", after=0, whom=(Who.MANAGER, Who.MAINTAINER, Who.HOUSEHOLD), by=QUIET),
        Row(key="reminder", after=48 * HOUR, whom=(Who.MANAGER, Who.MAINTAINER), by=QUIET),
        Row(key="supervisor", after=7 * DAY, whom=(Who.SUPERVISOR,), by=QUIET),
    ),
}

FLAGGED: dict[str, tuple[Row, ...]] = {
    "handover": (Row(key="shift_lead", after=0, whom=(Who.LEAD,), by=PLAIN, which=Which.ALL, until=Until.CLOSED),),
}
"""Besides the table of its grade, for what carries the flag: a desk that nobody took over is the lead's to hear."""

FALLBACK: dict[Way, tuple[Way, ...]] = {
    Way.VOICE: (Way.SMS, Way.WECHAT, Way.PUSH, Way.APP, Way.EMAIL),
    Way.SMS: (Way.VOICE, Way.WECHAT, Way.PUSH, Way.APP, Way.EMAIL),
    Way.WECHAT: (Way.SMS, Way.APP, Way.EMAIL),
    Way.PUSH: (Way.SMS, Way.APP),
    Way.APP: (Way.SMS, Way.WECHAT, Way.EMAIL),
    Way.EMAIL: (Way.SMS, Way.APP),
}
"""Where a way to a person is closed, the next that is open."""

UNANSWERED_S: dict[Grade, int] = {Grade.I: 5 * MINUTE, Grade.II: 5 * MINUTE}
"""Nobody has answered by then: the desk gets a task."""
APART_S: dict[Way, int] = {Way.VOICE: 60, Way.SMS: 15, Way.WECHAT: 10, Way.PUSH: 5, Way.ROBOT: 3, Way.EMAIL: 60}
"""Seconds between two messages of a channel to one person (robot: to one group): what comes meanwhile is merged."""
CALLS_AN_HOUR = 5
"""Voice, to one person; then the next one is called."""
