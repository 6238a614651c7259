//! Texts, cut at NUL, as tag format, tag, version, range and branch: no panic, and what goes round comes back the same.
#![no_main]

use std::cmp::Ordering;

use foundation::semantic_release::analyze::ReleaseType;
use foundation::semantic_release::branches::format::{TagFormat, is_ref};
use foundation::semantic_release::branches::range::{Range, bounds, is_maintenance};
use foundation::semantic_release::branches::tags::Tags;
use foundation::semantic_release::branches::version::{
    LARGEST, Written, in_range, raise, raise_prerelease, weigh, with_prerelease,
};
use foundation::semantic_release::branches::{Identifier, Setting, expand, template};
use foundation::semantic_release::history::Tag;
use foundation::semantic_release::packages::node_range::{NodeRange, Partial, words};
use foundation::semantic_release::packages::spec::{Rules, Spec};
use libfuzzer_sys::fuzz_target;
use semver::Version;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let mut next = || parts.next().unwrap_or_default();
    let (format, tag, version, range, branch) = (next(), next(), next(), next(), next());
    let mut versions = vec![Version::new(1, 0, 0), Version::new(0, 12, LARGEST)];
    for text in [tag, version] {
        versions.extend(written(text));
    }
    let prerelease = Version {
        pre: semver::Prerelease::new("beta.1").expect("a prerelease"),
        ..Version::new(1, 2, 3)
    };
    versions.push(prerelease);
    for format in [TagFormat::parse(format).ok(), TagFormat::of_package(format).ok()]
        .into_iter()
        .flatten()
    {
        tags(&format, tag, &versions);
    }
    raised(&versions, branch);
    ranges(range, &versions);
    branches(branch, range, version);
});

/// A version as a tag has it.
fn written(text: &str) -> Option<Version> {
    let written = Written::parse(text)?;
    assert_eq!(written.text, text);
    let plain = written.version.to_string();
    assert_eq!(
        Written::parse(&plain).map(|again| again.version),
        Some(written.version.clone())
    );
    Some(written.version)
}

fn tags(format: &TagFormat, tag: &str, versions: &[Version]) {
    for version in versions.iter().filter(|version| in_range(version)) {
        let tag = format.tag(version);
        let back = format.version(&tag).map(|written| written.version);
        assert_eq!(back.as_ref(), Some(version), "{format:?} {tag}");
        // What is released ends with a number.
        if version.build.is_empty() && tag_ends_in_number(version) {
            assert!(is_ref(&format!("refs/tags/{tag}")), "{format:?} {tag}");
        }
    }
    if let Some(found) = format.version(tag) {
        assert!(
            tag.starts_with(&format!("{}{}", format.prefix(), found.text)),
            "{format:?} {tag}"
        );
        assert_eq!(Written::parse(&found.text), Some(found));
    }
    let zero = git2::Oid::ZERO_SHA1;
    let mut names: Vec<String> = versions.iter().map(|version| format.tag(version)).collect();
    names.extend([
        tag.to_owned(),
        format!("{}x", format.prefix()),
        "v1.0.0".to_owned(),
    ]);
    names.sort();
    let all: Vec<Tag> = names
        .into_iter()
        .map(|name| Tag {
            name,
            target: zero,
            peeled: None,
            elsewhere: None,
        })
        .collect();
    let found = Tags::of(&all, format);
    let expected = all
        .iter()
        .filter(|tag| format.version(&tag.name).is_some())
        .count();
    assert_eq!(found.iter().count(), expected);
    let sorted = found
        .iter()
        .zip(found.iter().skip(1))
        .all(|(high, low)| weigh(&high.version.version, &low.version.version) != Ordering::Less);
    assert!(sorted);
}

fn tag_ends_in_number(version: &Version) -> bool {
    version.pre.is_empty()
        || version
            .pre
            .rsplit('.')
            .next()
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn raised(versions: &[Version], word: &str) {
    for version in versions {
        for kind in [ReleaseType::Patch, ReleaseType::Minor, ReleaseType::Major] {
            let next = raise(version, kind);
            assert!(
                weigh(&next, version).is_gt() && next.pre.is_empty(),
                "{version} {next}"
            );
        }
        if let Some(next) = Some(version)
            .filter(|version| !version.pre.is_empty())
            .and_then(raise_prerelease)
        {
            assert!(weigh(&next, version).is_gt(), "{version} {next}");
        }
        if let Some(with) = with_prerelease(version, word) {
            assert_eq!(with.pre.as_str(), word);
        }
    }
}

fn ranges(text: &str, versions: &[Version]) {
    if let Some((min, max)) = bounds(text) {
        assert!(is_maintenance(text) && min < max);
        let range = Range {
            min: min.clone(),
            max: Some(max.clone()),
        };
        assert!(range.holds(&min) && !range.holds(&max));
    }
    std::hint::black_box(words(text));
    if let Some(full) = Partial::parse(text).and_then(|partial| partial.full()) {
        let itself = NodeRange::parse(&full.to_string()).expect("a version is a range");
        assert!(itself.holds(&full));
    }
    for rules in [Rules::Npm, Rules::Cargo] {
        let spec = Spec::parse(rules, text);
        assert_eq!(spec.to_string(), text);
        for version in versions.iter().filter(|version| in_range(version)) {
            let moved = spec.moved(version);
            assert!(moved.holds(version), "{text} {version} {moved}");
            assert!(
                Spec::parse(rules, &moved.to_string()).holds(version),
                "{text} {version} {moved}"
            );
            if spec.holds(version) {
                assert_eq!(moved, spec);
            }
            let published = spec.published(version);
            assert!(
                !spec.is_workspace() || !published.starts_with("workspace:"),
                "{text} {published}"
            );
        }
    }
}

fn branches(branch: &str, range: &str, word: &str) {
    let setting = |name: &str| Setting {
        name: name.to_owned(),
        channel: Some(Some(word.to_owned())),
        range: Some(range.to_owned()),
        prerelease: Some(Identifier::Word(word.to_owned())),
    };
    let heads = [branch, "master", "1.x", "beta"];
    let plain = [setting(branch), Setting::named(word), Setting::named("beta")];
    let prerelease = Setting {
        range: None,
        ..setting("beta")
    };
    for settings in [
        vec![prerelease, Setting::named(branch)],
        plain.to_vec(),
        Setting::defaults(),
    ] {
        let Ok((found, refusals)) = expand(&settings, &heads) else {
            continue;
        };
        assert!(found.iter().all(|branch| heads.contains(&branch.name.as_str())));
        assert!(
            refusals
                .iter()
                .all(|refusal| !refusal.code.is_empty() && !refusal.message.is_empty())
        );
    }
    for text in [word, range] {
        if let Ok(filled) = template::fill(text, branch) {
            assert!(filled == text || text.contains("${") || text.contains("<%="));
        }
    }
}
