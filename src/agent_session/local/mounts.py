"""Which file system a folder lies on: locks on a network file system do not keep out writers on
other machines.
"""

from __future__ import annotations

from agent_session.core import Late

from . import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

NETWORK = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "lustre",
        "gpfs",
        "beegfs",
        "ncpfs",
        "coda",
        "9p2000",
    )
) | frozenset(
    ("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.davfs")
)
_LARGEST_TABLE = 4 << 20


def require_local(path: str, device: int) -> None:
    """UnsafeStoreError where *device*, which holds *path*, is a network file system (told by
    Linux alone).
    """
    if device >> 8 & 0xFFF:  # a block device: a disk of this machine
        return
    kind = kind_of(device, _mount_table())
    if kind in NETWORK:
        raise errors.UnsafeStoreError(
            f"{path!r} is on a network file system ({kind}), where locks do not hold between "
            "machines; "
            "keep the sessions on a local disk; only a database, PostgreSQL, can be shared"
        )


def file_system_of(device: int) -> str | None:
    """The type of the file system on *device*; None where the system does not tell."""
    return kind_of(device, _mount_table())


def kind_of(device: int, mount_table: str) -> str | None:
    """The type of the file system on *device* in the words of /proc/self/mountinfo; None where
    it is not listed.
    """
    number = f"{device >> 8 & 0xFFF}:{device & 0xFF | device >> 12 & 0xFFF00}"
    for line in mount_table.splitlines():
        fields = line.split(" ")
        if len(fields) > 6 and fields[2] == number:
            return fields[fields.index("-") + 1]
    return None


def _mount_table() -> str:
    try:
        descriptor = disk.calls.open("/proc/self/mountinfo", 0)
        try:
            return disk.read_range(descriptor, 0, _LARGEST_TABLE).decode(errors="replace")
        finally:
            disk.close(descriptor)
    except OSError:
        return ""
