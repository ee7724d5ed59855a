use std::{fs, os::unix::fs::PermissionsExt as _};

use tempfile::TempDir;

use super::*;

/// A program of the test's own. What it notes lies beside it.
struct World {
    folder: TempDir,
    program: Program,
}

impl World {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("program");
        let script = format!("#!/bin/sh\nhere=\"${{0%/*}}\"\n{script}\n");
        fs::write(&path, script).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let cache_dir = PathBuf::from("/a cache");
        let program = Program { path, cache_dir };
        Self { folder, program }
    }

    async fn start(&self, stop: &CancellationToken) -> anyhow::Result<Option<ModelWorker>> {
        ModelWorker::start(&self.program, &target(), stop).await
    }

    fn noted(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

fn target() -> Target {
    Target {
        address: "t:1".to_owned(),
        namespace: "ns".to_owned(),
        api_key: Some("a key".to_owned().into()),
        tls: true,
    }
}

#[tokio::test]
async fn it_is_told_where_to_work_and_stops_when_it_is_told_to() {
    let world = World::new(
        r#"echo "$* $TEMPORAL_ADDRESS $TEMPORAL_NAMESPACE $TEMPORAL_TLS $TEMPORAL_API_KEY" > "$here/told"
           echo "$FAST_TEMPORAL_CACHE" >> "$here/told"
           echo some news; echo ready
           cat; echo well > "$here/stopped""#,
    );
    let worker = world.start(&CancellationToken::new()).await;
    let worker = worker.expect("it starts").expect("nobody stopped it");
    let told = "--until-stdin-ends t:1 ns true a key\n/a cache\n";
    assert_eq!(world.noted("told"), told);
    worker.stop().await;
    assert_eq!(world.noted("stopped"), "well\n");
}

#[tokio::test]
async fn one_that_is_stopped_while_it_fetches_is_let_to_clear_up() {
    let world = World::new(
        r#"echo fetching; : > "$here/begun"; cat > /dev/null; echo well > "$here/stopped""#,
    );
    let stop = CancellationToken::new();
    let stopping = async {
        while !world.folder.path().join("begun").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
    };
    let (started, ()) = tokio::join!(world.start(&stop), stopping);
    assert!(started.expect("no failure").is_none());
    assert_eq!(world.noted("stopped"), "well\n");
}

#[tokio::test]
async fn one_that_ends_before_it_works_is_a_failure_that_says_how() {
    let world = World::new("exit 7");
    let error = world.start(&CancellationToken::new()).await;
    let error = error.err().expect("it does not start").to_string();
    assert!(
        error.contains("does not start") && error.contains('7'),
        "{error}"
    );
}

#[tokio::test]
async fn one_that_says_nothing_any_more_is_given_up() {
    let world = World::new("echo news; while read -r line; do :; done");
    let mut worker = ModelWorker::spawn(&world.program, &target()).expect("it starts");
    let error = worker.ready(Duration::from_millis(200)).await;
    let error = error.expect_err("silence").to_string();
    assert!(error.contains("says nothing"), "{error}");
    worker.stop().await;
}

#[tokio::test]
async fn one_that_dies_says_how() {
    let world = World::new("echo ready; read -r line; exit 7");
    let worker = world.start(&CancellationToken::new()).await;
    let mut worker = worker.expect("it starts").expect("nobody stopped it");
    drop(worker.stdin.take());
    let how = died(Some(&mut worker)).await.to_string();
    assert!(how.contains('7'), "{how}");
}
