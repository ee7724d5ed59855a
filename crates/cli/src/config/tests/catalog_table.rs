use fast_temporal_core::{
    InputSchema,
    catalog::{Catalog, CatalogEntry, Message},
};
use fast_temporal_protocol::Json;
use serde_json::json;

use super::*;

fn catalog(settings: &Settings) -> Catalog {
    Catalog::clone(&settings.app.catalog)
}

fn argument(value: &serde_json::Value) -> Json {
    Json::from_value(value).expect("JSON")
}

#[test]
fn the_catalog_is_read_with_its_schemas() {
    let settings = load_file(
        "[workflows.order]\ntype = \"OrderWorkflow\"\ntask_queue = \"orders\"\n\
         start_signal = \"begin\"\ninput = \"order.json\"\n\n\
         [workflows.order.signals.approve]\ninput = { type = \"boolean\" }\n\n\
         [workflows.order.updates.\"set address\"]\nargs = { type = \"array\", maxItems = 2 }\n\n\
         [workflows.plain]\ntask_queue = \"q\"\n",
    );
    assert_eq!(settings.warnings, Vec::<String>::new());
    let catalog = catalog(&settings);
    let order = catalog.get("order").expect("an entry");
    let schema = json!({"type": "object", "required": ["amount"]});
    let only = |schema| InputSchema::of_only_argument(&schema).expect("a schema");
    let all = |schema| InputSchema::of_all_arguments(&schema).expect("a schema");
    let expected = CatalogEntry {
        workflow_type: "OrderWorkflow".into(),
        task_queue: "orders".into(),
        start_signal: Some("begin".into()),
        input: Some(only(schema)),
        signals: [("approve".into(), only(json!({"type": "boolean"})))].into(),
        updates: [(
            "set address".into(),
            all(json!({"type": "array", "maxItems": 2})),
        )]
        .into(),
    };
    assert_eq!(order, &expected);
    let plain = catalog.get("plain").expect("an entry");
    assert_eq!(plain.workflow_type, "plain");

    let approve = |value| {
        let args = [argument(&value)];
        catalog.check("OrderWorkflow", Message::Signal, "approve", &args)
    };
    assert_eq!(approve(json!(true)), Ok(()));
    assert_eq!(approve(json!("yes")).expect_err("no boolean").pointer, "/0");
}

#[test]
fn the_catalog_includes_the_default_workflow_unless_an_entry_has_its_name() {
    let originals = "TEMPORAL_WORKFLOW=W\nTEMPORAL_TASK_QUEUE=q\nSTART_SIGNAL_FUNCTION=s\n";
    let settings = Settings::load(&sources(&[], NO, originals)).expect("valid settings");
    let entry = CatalogEntry {
        workflow_type: "W".into(),
        task_queue: "q".into(),
        start_signal: Some("s".into()),
        ..CatalogEntry::default()
    };
    assert_eq!(catalog(&settings).get("W"), Some(&entry));

    let mut sources = file("[workflows.W]\ntask_queue = \"other\"\n");
    sources.dotenv = Some(originals.into());
    let settings = Settings::load(&sources).expect("valid settings");
    let found = catalog(&settings)
        .get("W")
        .map(|entry| entry.task_queue.clone());
    assert_eq!(found.as_deref(), Some("other"));
    let workflow = settings.app.seed.default_workflow.expect("the default");
    assert_eq!(workflow.workflow_task_queue, "q");
    assert!(settings.warnings[0].starts_with("the default workflow W and workflows.W differ"));
}

#[test]
fn all_errors_in_the_catalog_are_reported() {
    let found = file_errors(
        "[workflows.a]\ntask_que = \"q\"\ninput = \"nowhere.json\"\n\
         [workflows.b]\ntask_queue = 5\ninput = \"none.json\"\nargs = true\n\
         [workflows.c]\ntask_queue = \"q\"\ninput = \"none.json\"\n\
         [workflows.d]\ntask_queue = \"q\"\nargs = { type = 5 }\n\
         signals.x = {}\nsignals.y = 1\nupdates.z = { input = [1] }\n\
         [workflows]\ne = 1\n\"\".task_queue = \"q\"\n",
    );
    let expected = [
        "workflows.a.task_que: unknown setting (conf/ft.toml line 2); expected one of type, \
         task_queue, start_signal, input, args, signals, updates",
        "workflows.a.task_queue: not set; workflows.a exists (conf/ft.toml line 1), and a",
        "workflows.a.input: cannot read \"conf/nowhere.json\":",
        "workflows.b.args: found true or false (conf/ft.toml line 7); expected either input, for",
        "workflows.c.input: found \"none.json\" (conf/ft.toml line 10); expected a JSON Schema, or",
        "workflows.d.args: found a table (conf/ft.toml line 13); expected a JSON Schema, or",
        "workflows.d.signals.x.input: not set; workflows.d.signals.x exists",
        "workflows.d.signals.y: found a number (conf/ft.toml line 15); expected a table",
        "workflows.d.updates.z.input: found an array (conf/ft.toml line 16); expected a JSON Schema",
        "workflows.e: found a number (conf/ft.toml line 18); expected a table",
        "workflows.\"\": found \"\" (conf/ft.toml line 19); expected a name",
    ];
    expect_errors(&found, &expected);
}

#[test]
fn the_report_shows_the_catalog() {
    let settings = load_file("[workflows.order]\ntask_queue = \"q\"\ninput = \"order.json\"\n");
    let text = settings.to_text();
    for expected in [
        "workflows.order.task_queue",
        "workflows.order.input",
        "order.json",
        "conf/ft.toml line 3",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}
