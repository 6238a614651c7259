//! Running a program and taking its time, its processor time and its memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// How often everything is measured; the median counts.
pub const ROUNDS: usize = 5;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// By the clock.
    pub elapsed: f64,
    /// Of all processors, with all children.
    pub processor: f64,
}

/// Runs a program to its end and expects success. What it prints is thrown away, as nothing should wait for a terminal.
pub fn run(command: &mut Command) -> Result<Taken> {
    let before = children()?;
    let start = Instant::now();
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    let elapsed = start.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!(
            "{command:?} {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(Taken {
        elapsed,
        processor: children()? - before,
    })
}

/// The processor seconds of all our ended children and theirs: `cutime` and `cstime` of proc(5), in hundredths.
fn children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let rest = stat.rsplit_once(") ").map(|(_, rest)| rest).ok_or("no stat")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    Ok((ticks(13) + ticks(14)) / 100.0)
}

/// Runs a program and returns its standard output, with the most memory the process itself had: children do not count.
pub fn memory(command: &mut Command) -> Result<(Vec<u8>, f64)> {
    use std::io::Read as _;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let mut most: f64 = 0.0;
    // The kernel keeps the peak itself (VmHWM); looking often only makes sure that the last rise is seen.
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse::<f64>()
                .ok()
        });
        most = most.max(peak.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_micros(500));
    }
    if !child.wait()?.success() {
        return Err(format!("{command:?} did not succeed: run it by hand").into());
    }
    let bytes = reader.join().map_err(|_| "the reader died")??;
    Ok((bytes, most))
}

/// The middle one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
