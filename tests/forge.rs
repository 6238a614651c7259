//! The forge's faults, by a scripted HTTP server: what the real one cannot be made to show.
//!
//! The good ways are tested on a real server in `tests/telling.rs`.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use foundation::kit::context::{Context, Env};
use foundation::kit::forge::{Cause, Forge, State, Status};
use foundation::kit::outcome::{Failure, Kind};
use foundation::kit::report::Report;
use foundation::kit::telling::Telling;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: &str = "canary-token-1234";
const SHA: &str = "0123456789012345678901234567890123456789";

fn forge(server: &MockServer) -> Forge {
    forge_at(&server.uri())
}

fn forge_at(address: &str) -> Forge {
    let pairs = [
        ("FORGEJO_ACTIONS", "true"),
        ("FORGEJO_SERVER_URL", address),
        ("FORGEJO_API_URL", &format!("{address}/sub/api/v1")),
        ("FORGEJO_REPOSITORY", "o/n"),
        ("FOUNDATION_TOKEN", TOKEN),
    ];
    let env: Env = pairs.into_iter().collect();
    let context = Context::from_env(env, Path::new("/")).expect("a context");
    Forge::of(&context).expect("a client").expect("a forge")
}

fn status() -> Status {
    Status {
        context: "foundation/lint".into(),
        state: State::Success,
        description: "clean".into(),
        url: None,
    }
}

async fn answers(server: &MockServer, times: u64, answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(format!("/sub/api/v1/repos/o/n/statuses/{SHA}")))
        .and(header("authorization", format!("token {TOKEN}")))
        .respond_with(answer)
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_server_that_fails_now_and_then_is_asked_again_below_its_sub_path() {
    let server = MockServer::start().await;
    answers(
        &server,
        1,
        ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"),
    )
    .await;
    answers(
        &server,
        1,
        ResponseTemplate::new(429).insert_header("retry-after", "1"),
    )
    .await;
    answers(
        &server,
        1,
        ResponseTemplate::new(201).set_body_string("{\"id\":1}"),
    )
    .await;
    let started = Instant::now();
    forge(&server)
        .set_status(SHA, &status())
        .await
        .expect("the third answer is good");
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "Retry-After is honoured"
    );
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_an_environment_failure_with_its_words() {
    let server = MockServer::start().await;
    answers(
        &server,
        4,
        ResponseTemplate::new(502).set_body_string("upstream is gone"),
    )
    .await;
    let error = forge(&server)
        .set_status(SHA, &status())
        .await
        .expect_err("always 502");
    assert_eq!(error.cause, Cause::Server);
    let failure = Failure::from(error);
    assert_eq!(failure.kind(), Kind::Environment);
    assert!(
        failure.to_string().contains("502") && failure.to_string().contains("upstream is gone"),
        "{failure}"
    );
}

#[tokio::test]
async fn what_the_token_may_not_do_is_a_configuration_failure_and_asked_once() {
    for (code, cause) in [
        (401, Cause::Unauthorized),
        (403, Cause::Forbidden),
        (404, Cause::NotFound),
    ] {
        let server = MockServer::start().await;
        answers(
            &server,
            1,
            ResponseTemplate::new(code).set_body_string("{\"message\":\"no\"}"),
        )
        .await;
        let error = forge(&server)
            .set_status(SHA, &status())
            .await
            .expect_err("refused");
        assert_eq!(error.cause, cause);
        let failure = Failure::from(error);
        assert_eq!(failure.kind(), Kind::Config, "{code}");
        assert!(!failure.to_string().contains(TOKEN));
    }
}

#[tokio::test]
async fn a_redirect_does_not_carry_the_token_away() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&elsewhere)
        .await;
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    answers(&server, 1, answer).await;
    let error = forge(&server)
        .set_status(SHA, &status())
        .await
        .expect_err("no redirects");
    assert_eq!(error.cause, Cause::Rejected);
}

#[tokio::test]
async fn nobody_there_is_an_environment_failure() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = forge_at(&address)
        .set_status(SHA, &status())
        .await
        .expect_err("nobody listens");
    assert_eq!(error.cause, Cause::Network);
    assert_eq!(Failure::from(error).kind(), Kind::Environment);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_said_so() {
    let server = MockServer::start().await;
    answers(
        &server,
        1,
        ResponseTemplate::new(201).set_body_string("<html>login</html>"),
    )
    .await;
    let error = forge(&server).set_status(SHA, &status()).await.expect_err("HTML");
    assert!(
        error.to_string().contains("not what its documentation says"),
        "{error}"
    );
}

#[tokio::test]
async fn pages_are_read_until_nothing_new_comes() {
    let server = MockServer::start().await;
    // A server that knows no pages here (Gitea, Forgejo) answers each with everything.
    let all: Vec<_> = (0..120)
        .map(|id| serde_json::json!({"id": id, "body": "x", "user": null}))
        .collect();
    Mock::given(method("GET"))
        .and(path("/sub/api/v1/repos/o/n/issues/7/comments"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&all))
        .mount(&server)
        .await;
    assert_eq!(forge(&server).comments(7).await.expect("comments").len(), 120);
}

/// On Forgejo the token of a fork's run may comment, but set no status (403).
#[tokio::test]
async fn a_fork_s_run_comments_where_it_may_set_no_status() {
    let server = MockServer::start().await;
    let event = tempfile::NamedTempFile::new().expect("a file");
    let payload = serde_json::json!({"number": 7, "pull_request": {"number": 7,
        "head": {"sha": SHA, "repo": {"full_name": "stranger/n"}},
        "base": {"sha": SHA, "repo": {"full_name": "o/n"}}}});
    std::fs::write(event.path(), payload.to_string()).expect("a file");
    let env: Env = [
        ("FORGEJO_ACTIONS", "true"),
        ("FORGEJO_SERVER_URL", &server.uri()),
        ("FORGEJO_API_URL", &format!("{}/sub/api/v1", server.uri())),
        ("FORGEJO_REPOSITORY", "o/n"),
        ("FORGEJO_SHA", SHA),
        ("FORGEJO_EVENT_PATH", &event.path().display().to_string()),
        ("FOUNDATION_TOKEN", TOKEN),
    ]
    .into_iter()
    .collect();
    answers(
        &server,
        1,
        ResponseTemplate::new(403).set_body_string("{\"message\":\"no\"}"),
    )
    .await;
    let pull = serde_json::json!({"head": {"sha": SHA}});
    let comments = "/sub/api/v1/repos/o/n/issues/7/comments";
    let get = |at: &str| Mock::given(method("GET")).and(path(at));
    get("/sub/api/v1/repos/o/n/pulls/7")
        .respond_with(ResponseTemplate::new(200).set_body_json(pull))
        .mount(&server)
        .await;
    get(comments)
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!([])))
        .mount(&server)
        .await;
    let comment = serde_json::json!({"id": 1, "body": "x", "user": null});
    Mock::given(method("POST"))
        .and(path(comments))
        .respond_with(ResponseTemplate::new(201).set_body_json(comment))
        .expect(1)
        .mount(&server)
        .await;
    let context = Context::from_env(env, Path::new("/")).expect("a context");
    let report = Report::new(
        std::io::sink(),
        std::io::sink(),
        context.masks.clone(),
        context.host,
        false,
    );
    let telling = Telling::of(&context, &report, "lint", None)
        .expect("a client")
        .expect("a telling");
    telling
        .tell(State::Failure, "1 error", "text")
        .await
        .expect("told as far as it may be");
}
