"""Files are written whole or not at all, and what a user can mend is told in one message."""

import errno
import os
import stat

import pytest

from regrade.errors import UserError, exit_on_user_error
from regrade.files import atomic_path, sync_folder, write_atomically


class TestFiles:
    def test_failure_leaves_the_old_file_and_nothing_else(self, tmp_path):
        path = tmp_path / "a.txt"
        write_atomically(path, "old")
        with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_many_files_reach_the_disk_at_the_end(self, tmp_path, monkeypatch):
        """A power cut may cost unsynced files, which the workflow would take for whole ones."""
        synced = set()
        monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
        places = [tmp_path / "report" / "a", tmp_path / "report" / "runs" / "b"]
        for path in places:
            write_atomically(path, "text", synced=False)
        assert not synced
        sync_folder(tmp_path / "report")
        written = [*places, *(path.parent for path in places)]
        assert synced == {path.stat().st_ino for path in written}

    @pytest.mark.parametrize("answer", [errno.EINVAL, errno.EBADF, errno.ENOTSUP])
    def test_a_file_system_that_syncs_no_folders_takes_files(self, tmp_path, monkeypatch, answer):
        synced = []

        def fsync(handle):
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise OSError(answer, os.strerror(answer))
            synced.append(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        write_atomically(tmp_path / "a", "text")
        sync_folder(tmp_path)
        assert len(synced) == 2

    @pytest.mark.parametrize(
        ("kind", "answer"), [("file", errno.EINVAL), ("file", errno.EIO), ("folder", errno.EIO)]
    )
    def test_what_did_not_reach_the_disk_is_told(self, tmp_path, monkeypatch, kind, answer):
        def fsync(handle):
            if stat.S_ISDIR(os.fstat(handle).st_mode) == (kind == "folder"):
                raise OSError(answer, os.strerror(answer))

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match=os.strerror(answer)):
            write_atomically(tmp_path / "a", "text")

    def test_new_file_can_be_read_by_others(self, tmp_path):
        """Temporary files are private; results follow the user's umask."""
        mask = os.umask(0o022)
        try:
            write_atomically(tmp_path / "deep" / "a", b"\x00")
        finally:
            os.umask(mask)
        assert (tmp_path / "deep" / "a").stat().st_mode & 0o777 == 0o644

    def test_failure_names_the_file_and_not_its_temporary(self, tmp_path):
        path = tmp_path / "a.txt"
        with pytest.raises(OSError) as caught, atomic_path(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert caught.value.filename == str(path)


class TestExit:
    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (UserError("a mistake"), "error: a mistake"),
            (OSError(errno.ENOSPC, "full", "/r/a"), "error: no space left on the file system of"),
            (OSError(errno.EROFS, "read-only", "/r/a"), "error: cannot write /r/a: read-only"),
        ],
    )
    def test_users_mistakes_end_in_one_message(self, error, told):
        with pytest.raises(SystemExit) as caught, exit_on_user_error():
            raise error
        assert str(caught.value.code).startswith(told)

    @pytest.mark.parametrize(
        ("readable", "told"), [(False, "{}: cannot be read: no"), (True, "cannot write {}: no")]
    )
    def test_a_file_that_cannot_be_read_is_not_called_unwritable(
        self, tmp_path, monkeypatch, readable, told
    ):
        path = tmp_path / "cifar10.npz"
        path.touch()
        # Whoever is root may read everything.
        monkeypatch.setattr(os, "access", lambda *_: readable)
        with pytest.raises(SystemExit) as caught, exit_on_user_error():
            raise PermissionError(errno.EACCES, "no", str(path))
        assert str(caught.value.code) == f"error: {told.format(path)}"

    def test_our_own_mistakes_keep_their_traceback(self):
        with pytest.raises(KeyError), exit_on_user_error():
            raise KeyError("bug")
        with pytest.raises(FileNotFoundError), exit_on_user_error():
            raise FileNotFoundError(errno.ENOENT, "missing", "/r/a")
