//! Suspended by the provider: off for everybody, and as it was afterwards.

use serde_json::{Value, json};
use slipway_crds::{PowerState, ServerPhase};

use crate::lab::{Lab, condition};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_server_is_off_until_the_provider_ends_it() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    lab.apply("web", json!({ "suspended": { "reason": "unpaid invoice 7" } })).await;
    let server = lab.wait_ready("web").await;
    let status = server.status.clone().unwrap();
    assert_eq!((status.phase, status.power_state), (Some(ServerPhase::Suspended), Some(PowerState::Stopped)));
    assert_eq!(condition(&server, "Suspended"), Some(("True", "Suspended")));
    assert_eq!(lab.config_of(&server)["onboot"], 0);
    for verb in ["Start", "Restart"] {
        let (phase, message) = lab.act("web", verb).await;
        assert_eq!(
            (phase.as_str(), message.as_str()),
            ("Refused", "the server is suspended: unpaid invoice 7"),
            "{verb}"
        );
    }
    lab.apply("web", json!({ "suspended": Value::Null })).await;
    let server = lab.wait("web", "running again", |s| {
        condition(s, "Ready") == Some(("True", "AsWished"))
            && s.status.as_ref().unwrap().phase == Some(ServerPhase::Running)
    });
    let server = server.await;
    assert_eq!(condition(&server, "Suspended"), Some(("False", "NotSuspended")));
    assert_eq!(lab.config_of(&server)["onboot"], 1);
    lab.end().await;
}
