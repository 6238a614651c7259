//! Checkout of files of gigabytes, plain and by Git LFS: whole, and without us holding them in memory.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::generate::{Dice, git};
use crate::{dice, program, times};

/// In MiB, in a whole run.
const PLAIN: usize = 2_300;
const LFS: usize = 1_500;

fn big(path: &Path, dice: &mut Dice, mebibytes: usize) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut block: Vec<u8> = (0..1 << 17).flat_map(|_| dice.roll().to_le_bytes()).collect();
    for number in 0..mebibytes {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&block).expect("written");
    }
}

#[test]
fn gigabytes() {
    let mut dice = dice("gigabytes");
    let place = tempfile::tempdir().expect("a folder");
    let (work, bare, out) = (
        place.path().join("work"),
        place.path().join("origin.git"),
        place.path().join("out"),
    );
    for folder in [&work, &bare, &out] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let (plain, lfs) = (times(PLAIN), times(LFS));
    git(&bare, &["init", "--quiet", "--bare", "--initial-branch=master"]).expect("git");
    git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]).expect("git");
    git(&work, &["init", "--quiet", "--initial-branch=master"]).expect("git");
    // Random bytes do not shrink, so nobody should try.
    git(&work, &["config", "core.compression", "0"]).expect("git");
    git(&bare, &["config", "core.compression", "0"]).expect("git");
    git(&bare, &["config", "pack.compression", "0"]).expect("git");
    git(&work, &["lfs", "install", "--local", "--skip-smudge"]).expect("git-lfs: install it");
    std::fs::write(
        work.join(".gitattributes"),
        "*.lfs filter=lfs diff=lfs merge=lfs -text\n",
    )
    .expect("a file");
    big(&work.join("plain.bin"), &mut dice, plain);
    big(&work.join("large.lfs"), &mut dice, lfs);
    git(&work, &["add", "--all"]).expect("git");
    git(&work, &["commit", "--quiet", "--message=feat: gigabytes"]).expect("git");
    let url = format!("file://{}", bare.display());
    git(&work, &["remote", "add", "origin", &url]).expect("git");
    git(&work, &["push", "--quiet", "origin", "master"]).expect("git");

    let start = Instant::now();
    let mut child = program("foundation-checkout", &out, None)
        .args(["--remote", &url, "--ref", "master", "--lfs", "--timeout", "1h"])
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let end = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse::<u64>()
                .ok()
        });
        most = most.max(peak.unwrap_or(0) / 1024);
        if let Some(end) = child.try_wait().expect("a state") {
            break end;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(end.success(), "{end}");
    let took = start.elapsed().as_secs();
    for name in ["plain.bin", "large.lfs"] {
        let same = Command::new("cmp")
            .arg(work.join(name))
            .arg(out.join(name))
            .status()
            .expect("cmp");
        assert!(same.success(), "{name} differs");
    }
    assert!(most < 64, "{most} MiB in our own memory");
    println!(
        "gigabytes: {plain} MiB plain and {lfs} MiB by LFS in {took} s, {most} MiB of memory of our own"
    );
}
