//! The server as a program: how it is called, as whom, and what it is told.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether this is root, as whom the server does not run.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// The command line of Gitea, as a user without rights: it refuses to run as root, and rightly so.
pub fn gitea(part: &Path, folder: &Path) -> Vec<PathBuf> {
    let drop_rights = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
    let mut line: Vec<PathBuf> = Vec::new();
    if is_root() {
        line.extend(drop_rights.map(PathBuf::from));
    }
    line.extend([
        part.join("gitea"),
        PathBuf::from("--config"),
        folder.join("app.ini"),
    ]);
    line
}

/// The part itself, or a copy in our folder when the other user could not get to it (a cache below `/root`).
pub fn within_reach(part: &Path, folder: &Path) -> PathBuf {
    let open = part
        .ancestors()
        .all(|step| fs::metadata(step).is_ok_and(|step| step.mode() & 0o005 == 0o005));
    if open || !is_root() {
        return part.to_path_buf();
    }
    let copy = folder.join("part");
    let done = Command::new("cp")
        .args(["-r", "--reflink=auto"])
        .arg(part)
        .arg(&copy)
        .status()
        .unwrap();
    assert!(done.success(), "cp {}", part.display());
    copy
}

/// All of the server's environment.
pub fn environment(folder: &Path) -> [(&'static str, PathBuf); 2] {
    [
        (
            "PATH",
            PathBuf::from("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ),
        ("HOME", folder.join("home")),
    ]
}

/// A server that keeps everything in its folder, talks to nobody, and does nothing on its own.
pub fn settings(part: &Path, folder: &Path, port: u16) -> String {
    let (part, folder) = (part.display(), folder.display());
    format!(
        "APP_NAME = test
WORK_PATH = {folder}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
STATIC_ROOT_PATH = {part}
OFFLINE_MODE = true
DISABLE_SSH = true
LFS_START_SERVER = true
LFS_JWT_SECRET = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
[database]
DB_TYPE = sqlite3
PATH = {folder}/data.sqlite
SQLITE_TIMEOUT = 20000
[repository]
DEFAULT_BRANCH = master
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-tests
PASSWORD_HASH_ALGO = pbkdf2$1$50
[oauth2]
ENABLED = false
JWT_SECRET = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
[service]
DISABLE_REGISTRATION = true
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[cron.update_checker]
ENABLED = false
[actions]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
"
    )
}
