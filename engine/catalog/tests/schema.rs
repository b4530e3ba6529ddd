//! `docs/claim.schema.json` is what the reader of claims in JSON takes. `CLAIMFLOW_UPDATE=1` writes it anew.

use std::path::Path;

#[test]
fn the_documented_schema_is_the_readers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/claim.schema.json");
    let schema = serde_json::to_string_pretty(&claimflow_catalog::claim_json_schema())
        .expect("a schema is JSON")
        + "\n";
    if std::env::var_os("CLAIMFLOW_UPDATE").is_some() {
        std::fs::write(&path, &schema).expect("docs can be written");
    }
    let documented = std::fs::read_to_string(&path).expect("docs/claim.schema.json is there");
    assert!(
        documented == schema,
        "docs/claim.schema.json is out of date: run this test with CLAIMFLOW_UPDATE=1"
    );
}
