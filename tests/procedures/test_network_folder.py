from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.network_folder import Mount, mounts_here, refuse_network, remote_kind

LINUX = [
    Mount("/", "ext4", "rw"),
    Mount("/home", "autofs", "rw,indirect"),
    Mount("/home", "nfs4", "rw,vers=4.2"),
    Mount("/home/ada/disk", "xfs", "rw"),
    Mount("/mnt/c", "9p", "rw,aname=drvfs,trans=fd0"),
    Mount("/mnt/cluster", "fuse.sshfs", "rw"),
    Mount("/mnt/stick", "fuse.ntfs-3g", "rw"),
    Mount("/mnt/old", "fuseblk", "rw"),
    Mount("/sandbox", "9p", "rw,trans=fd,rfdno=4"),
    Mount("/dev/shm", "tmpfs", "rw"),
]
WINDOWS = [Mount("C:\\", "NTFS", "rw,fixed"), Mount("Z:\\", "", "rw,remote")]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data/runs", None),
        ("/home/ada/runs", "nfs4"),
        ("/home/ada/disk/runs", None),
        ("/homework/runs", None),
        ("/mnt/c/runs", "9p"),
        ("/mnt/cluster", "fuse.sshfs"),
        ("/mnt/stick/runs", None),
        ("/mnt/old/runs", None),
        ("/sandbox/runs", None),
        ("/dev/shm/runs", None),
    ],
)
def test_the_nearest_mount_tells_whether_a_folder_is_on_this_computer(folder, kind):
    assert remote_kind(PurePosixPath(folder), LINUX) == kind


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (r"C:\runs", None),
        (r"z:\runs", "network drive"),
        (r"\\server\share\runs", "network share"),
        (r"\\?\UNC\server\share\runs", "network share"),
        (r"\\?\C:\runs", None),
        (r"Q:\unknown", None),
    ],
)
def test_shares_and_network_drives_of_windows_are_told(folder, kind):
    assert remote_kind(PureWindowsPath(folder), WINDOWS) == kind


def test_a_folder_that_a_link_takes_to_another_computer_is_refused_in_words(tmp_path):
    (tmp_path / "server").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "server")
    mounts = [Mount("/", "ext4", "rw"), Mount(str(tmp_path / "server"), "cifs", "rw")]
    with pytest.raises(ProcedureMistake, match=r"must be on a disk of this computer, but .*server is on another"):
        refuse_network(tmp_path / "runs", mounts)


def test_this_folder_lies_on_a_mount_that_is_known_here():
    assert any(Path.cwd().is_relative_to(mount.mountpoint) for mount in mounts_here())
