//! What a job could reach that it should not: the container engine's socket, which equals root on the host (risk R5).

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::kit::context::{Context, Host};
use crate::kit::report::Report;

/// Where engines put their sockets.
const SOCKETS: &[&str] = &[
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/crio/crio.sock",
];

/// Warns in the job's log when an engine's socket is within reach. Nothing in the suite uses one.
pub fn warn(context: &Context, report: &Report) {
    if context.host == Host::Terminal {
        return;
    }
    let places = places(context, SOCKETS.iter().map(Path::new));
    if places.is_empty() {
        return;
    }
    report.warn(format_args!(
        "a container engine is within reach of this job ({}): whoever controls this job's code is root on the runner's host. \
         Nothing here needs it; see docs/install.md, \"The runner\"",
        places.join(", ")
    ));
}

/// The sockets that answer, by their real paths, and the address in `DOCKER_HOST`.
fn places<'a>(context: &Context, sockets: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let mut found: Vec<PathBuf> = Vec::new();
    for socket in sockets {
        // `/var/run` is a link to `/run` nearly everywhere: one socket is told once.
        let Ok(real) = socket.canonicalize() else { continue };
        if !found.contains(&real) && UnixStream::connect(&real).is_ok() {
            found.push(real);
        }
    }
    let mut places: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
    if let Some(host) = context.env.text("DOCKER_HOST") {
        places.push(format!("DOCKER_HOST={host}"));
    }
    places
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_socket_that_answers_is_told_and_only_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("docker.sock");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let link = folder.path().join("link.sock");
        std::os::unix::fs::symlink(&socket, &link).expect("a link");
        let context = Context::from_env(
            [("DOCKER_HOST", "tcp://h:2375")].into_iter().collect(),
            folder.path(),
        );
        let context = context.expect("a context");
        let found = places(
            &context,
            [socket.as_path(), &link, Path::new("/no/such.sock")].into_iter(),
        );
        assert_eq!(
            found,
            [
                socket.canonicalize().expect("real").display().to_string(),
                "DOCKER_HOST=tcp://h:2375".into()
            ]
        );
        drop(listener);
        assert_eq!(
            places(&context, [socket.as_path()].into_iter()).len(),
            1,
            "nobody listens there any more"
        );
    }
}
