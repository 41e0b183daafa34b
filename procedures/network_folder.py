"""Refuses a runs folder on another computer: write-ahead logging needs memory and locks that processes share.

SQLite's documentation is plain ("Write-Ahead Logging", "How To Corrupt An SQLite Database File"): all processes must be
on one computer, and the locks of network file systems are often wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath, PureWindowsPath
from typing import NamedTuple

from .errors import ProcedureMistake


class Mount(NamedTuple):
    """One mounted file system, as psutil names it."""

    mountpoint: str
    fstype: str
    opts: str


REMOTE = {
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "ncp", "ncpfs", "coda", "ceph",
    "glusterfs", "lustre", "beegfs", "pvfs2", "orangefs", "gfs2", "ocfs2", "gpfs", "davfs", "webdav", "9p", "v9fs",
    "drvfs", "vboxsf", "vmhgfs", "prl_fs",
}  # fmt: skip
"""Kinds of file systems whose files another computer, or the host of this virtual one, may change meanwhile."""
REMOTE_IN_USER_SPACE = (
    "sshfs", "s3fs", "rclone", "gcsfuse", "goofys", "davfs", "curlftpfs", "ftpfs", "smbnetfs", "gvfsd-fuse", "ceph",
    "glusterfs", "juicefs", "seaweedfs", "mount-s3", "blobfuse", "google-drive-ocamlfuse", "onedriver", "mfs",
    "moosefs", "lizardfs", "vmhgfs-fuse", "nfs", "hdfs",
)  # fmt: skip
"""What follows `fuse.` in the kind of a file system that lives elsewhere."""


def refuse_network(folder: Path, mounts: Iterable[Mount] | None = None) -> None:
    """Return where a folder lies on this computer; raises ProcedureMistake where another one keeps it.

    `mounts` are those of this computer unless given. Where its file system cannot be found, the folder counts as local.
    """
    whole = folder.resolve()
    kind = remote_kind(whole, mounts_here() if mounts is None else mounts)
    if kind is not None:
        raise ProcedureMistake(
            f"The runs folder must be on a disk of this computer, but {whole} is on another one ({kind}): a journal "
            "there could be torn. Write the run here, and copy its folder when it has ended."
        )


def remote_kind(folder: PurePath, mounts: Iterable[Mount]) -> str | None:
    """Return the kind of the network file system that a whole path lies on; None where it lies on this computer."""
    if isinstance(folder, PureWindowsPath) and _is_share(folder):
        return "network share"
    around = [mount for mount in mounts if folder.is_relative_to(type(folder)(mount.mountpoint))]
    if not around:
        return None
    # The longest name is the nearest; of two with one name the later one lies over the earlier (automounters do so).
    nearest = max(enumerate(around), key=lambda item: (len(type(folder)(item[1].mountpoint).parts), item[0]))[1]
    return nearest.fstype or "network drive" if _is_remote(nearest) else None


def mounts_here() -> list[Mount]:
    """Return what is mounted on this computer."""
    import psutil

    return [Mount(one.mountpoint, one.fstype, one.opts) for one in psutil.disk_partitions(all=True)]


def _is_remote(mount: Mount) -> bool:
    kind, options = mount.fstype.lower(), mount.opts.lower().split(",")
    if kind in ("9p", "v9fs") and "trans=fd" in options:
        return False  # gVisor shows the disks of its own computer so
    program = kind.partition(".")[2] if kind.startswith(("fuse.", "fuseblk.")) else ""
    return kind in REMOTE or "remote" in options or program.startswith(REMOTE_IN_USER_SPACE)


def _is_share(folder: PureWindowsPath) -> bool:
    r"""Return whether a path of Windows names a share: `\\server\share`, also as `\\?\UNC\server\share`."""
    drive = folder.drive.lower()
    return drive.startswith("\\\\?\\unc\\") or (
        drive.startswith("\\\\") and not drive.startswith(("\\\\?\\", "\\\\.\\"))
    )
