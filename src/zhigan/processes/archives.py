"""The archive as the settings place it: in the data folder, or on S3-compatible storage with copies in the data folder.

Enters: settings, and who asks: each process has its own copies, so that none takes another's away. Leaves: the archive.
"""

from zhigan.history.archive import Archive, Away
from zhigan.history.objects import Objects
from zhigan.runtime.settings import Settings

MIB = 1 << 20


def archive(settings: Settings, who: str, *, copies: bool) -> Archive:
    """`copies`: keep them for the next question, as far as the settings give room."""
    place = settings.archive
    folder = settings.data / "archive"
    if not place.archive_s3:
        return Archive(folder)
    where = place.archive_s3, place.archive_s3_endpoint, place.archive_s3_region
    objects = Objects(*where, place.archive_s3_key, place.archive_s3_secret)
    return Archive(folder, Away(objects, who, place.archive_cache_mib * MIB if copies else 0))
