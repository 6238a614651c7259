use super::*;
use crate::checkout::held::Mark;
use crate::checkout::inputs::{Asked, Raw};
use crate::checkout::target::{Wanted, is_ref_name, resolve, wanted};
use crate::kit::context::Context;
use std::path::Path;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn context(pairs: &[(&str, &str)]) -> Context {
    let run = [
        ("FORGEJO_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://forge.example"),
        ("GITHUB_REPOSITORY", "o/n"),
        ("GITHUB_WORKSPACE", "/ws"),
        ("GITHUB_SHA", SHA),
    ];
    Context::from_env(
        run.into_iter().chain(pairs.iter().copied()).collect(),
        Path::new("/"),
    )
    .expect("a context")
}

fn raw() -> Raw {
    Raw {
        history: "shallow".into(),
        tags: "false".into(),
        submodules: "false".into(),
        lfs: "false".into(),
        timeout: "10m".into(),
        format: "text".into(),
        ..Raw::default()
    }
}

/// The calls for a ref of the event, one a line.
fn calls(git_ref: &str, raw: &Raw) -> String {
    let context = context(&[("GITHUB_REF", git_ref)]);
    let inputs = Inputs::check(raw, &context).expect("inputs");
    let Wanted::Known(target) = wanted(&inputs.asked, &context).expect("wanted") else {
        panic!("the event's commit is known");
    };
    let plan = plan(&inputs, &target);
    let calls = [&plan.init, &plan.fetch, &plan.checkout].map(|call| call.join(" "));
    calls.join("\n").replace(SHA, "SHA")
}

#[test]
fn three_calls_for_each_event() {
    insta::assert_snapshot!(calls("refs/heads/master", &raw()), @r"
    init --quiet --template=
    fetch --quiet --no-tags --no-recurse-submodules --depth=1 origin +SHA:refs/remotes/origin/master
    checkout --quiet --force -B master SHA
    ");
    insta::assert_snapshot!(calls("refs/pull/7/head", &raw()), @r"
    init --quiet --template=
    fetch --quiet --no-tags --no-recurse-submodules --depth=1 origin +SHA:refs/remotes/pull/7/head
    checkout --quiet --force --detach SHA
    ");
    insta::assert_snapshot!(calls("refs/tags/v1", &raw()), @r"
    init --quiet --template=
    fetch --quiet --no-tags --no-recurse-submodules --depth=1 origin SHA +refs/tags/v1:refs/tags/v1
    checkout --quiet --force --detach SHA
    ");
    let full = Raw {
        history: "full".into(),
        tags: "true".into(),
        ..raw()
    };
    insta::assert_snapshot!(calls("refs/heads/master", &full), @r"
    init --quiet --template=
    fetch --quiet --no-tags --no-recurse-submodules --filter=blob:none origin +refs/heads/*:refs/remotes/origin/* +refs/tags/*:refs/tags/* SHA
    checkout --quiet --force -B master SHA
    ");
}

#[test]
fn no_name_becomes_an_option() {
    let calls = calls("refs/heads/--upload-pack=id", &raw());
    insta::assert_snapshot!(calls, @r"
    init --quiet --template=
    fetch --quiet --no-tags --no-recurse-submodules --depth=1 origin +SHA:refs/remotes/origin/--upload-pack=id
    checkout --quiet --force --detach SHA
    ");
    let context = context(&[("GITHUB_REF", "refs/heads/a b")]);
    assert!(wanted(&Asked::Event, &context).is_err());
}

#[test]
fn names_are_checked_as_git_checks_them() {
    for good in [
        "master",
        "feat/x",
        "v1.0",
        "-x",
        "--upload-pack=id",
        "ü",
        "a@b",
        "$(id)",
        "a;b",
        "'",
    ] {
        assert!(is_ref_name(good), "{good}");
    }
    for bad in [
        "", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a//b", ".a", "a/.b",
        "a.lock", "a.lock/b", "a@{1}", "@", "a.", "a\nb", "a\u{7f}",
    ] {
        assert!(!is_ref_name(bad), "{bad}");
    }
}

#[test]
fn names_at_the_remote_are_resolved_exactly() {
    let answer = "ref: refs/heads/main\tHEAD\naa\tHEAD\nbb\trefs/heads/x\ncc\trefs/tags/v1\ndd\trefs/tags/v1^{}\nee\trefs/z/refs/heads/y\n";
    let target = |name: Option<&str>| {
        resolve(name, answer).map(|target| (target.sha, target.git_ref.unwrap_or_default()))
    };
    assert_eq!(target(None), Some(("aa".into(), "refs/heads/main".into())));
    assert_eq!(target(Some("x")), Some(("bb".into(), "refs/heads/x".into())));
    assert_eq!(target(Some("v1")), Some(("dd".into(), "refs/tags/v1".into())));
    assert_eq!(
        target(Some("refs/tags/v1")),
        Some(("dd".into(), "refs/tags/v1".into()))
    );
    assert_eq!(target(Some("y")), None);
    assert_eq!(resolve(None, ""), None);
}

#[test]
fn the_configuration_cannot_be_broken_out_of() {
    assert_eq!(quoted("a\"b\\c\n[x]"), "\"a\\\"b\\\\c\\n[x]\"");
}

fn held(done: bool, at_commit: bool, changed: Option<usize>) -> (Held, Wants) {
    let context = context(&[("GITHUB_REF", "refs/heads/master")]);
    let inputs = Inputs::check(&raw(), &context).expect("inputs");
    let target = Target {
        sha: SHA.into(),
        git_ref: Some("refs/heads/master".into()),
    };
    let wants = wants(&inputs, &inputs.remote, &target);
    let mark = Mark {
        done,
        remote: wants.remote.clone(),
        holds: Some(wants.clone()),
    };
    (
        Held::Ours {
            mark,
            at_commit,
            changed,
        },
        wants,
    )
}

#[test]
fn only_what_is_ours_is_ever_replaced_and_no_persons_work() {
    let folder = Path::new("/ws");
    let decided = |(held, wants): (Held, Wants), host| {
        decide(&held, &wants, host, folder).map_err(|failure| failure.kind())
    };
    use crate::kit::outcome::Kind;
    assert_eq!(
        decided(held(true, true, Some(3)), Host::Forgejo),
        Ok(Step::Nothing)
    );
    assert_eq!(
        decided(held(false, true, None), Host::Terminal),
        Ok(Step::Replace)
    );
    assert_eq!(
        decided(held(true, false, Some(3)), Host::Forgejo),
        Ok(Step::Replace)
    );
    assert_eq!(
        decided(held(true, false, Some(3)), Host::Terminal),
        Err(Kind::Refused)
    );
    assert_eq!(
        decided(held(true, false, Some(0)), Host::Terminal),
        Ok(Step::Replace)
    );
    let (_, wants) = held(true, true, None);
    let theirs = |at_commit, lacks: Vec<String>| Held::Theirs {
        head: Some(SHA.into()),
        at_commit,
        changed: Some(1),
        lacks,
    };
    assert_eq!(
        decided((theirs(true, vec![]), wants.clone()), Host::Act),
        Ok(Step::Nothing)
    );
    assert_eq!(
        decided((theirs(true, vec!["x".into()]), wants.clone()), Host::Act),
        Err(Kind::Config)
    );
    assert_eq!(
        decided((theirs(false, vec![]), wants.clone()), Host::Forgejo),
        Err(Kind::Config)
    );
    assert_eq!(
        decided((Held::Files("a".into()), wants), Host::Forgejo),
        Err(Kind::Config)
    );
}
