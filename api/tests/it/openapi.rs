//! The committed `OpenAPI` document is the one that the code describes.

#[test]
fn the_committed_document_is_fresh() {
    let committed = include_str!("../../openapi.json");
    let fresh = slipway_api::openapi::json().unwrap();
    assert!(
        committed == fresh,
        "api/openapi.json is stale: run `cargo run -p slipway-api -- openapi > api/openapi.json`"
    );
}
