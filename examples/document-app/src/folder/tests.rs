use super::*;

fn name(text: &str) -> FileName {
    text.parse().expect("a name")
}

#[tokio::test]
async fn a_file_is_written_whole_and_again_on_a_retry() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::new(dir.path().join("made/on/demand"));
    let (run, file) = (name("run-1"), name("a.txt"));
    for text in ["größer", "again"] {
        let written = folder.write(&run, &file, text.as_bytes()).await;
        let written = written.expect("a folder to write to");
        assert_eq!(written.bytes, text.len());
        let read = std::fs::read_to_string(&written.path).expect("the file");
        assert_eq!(read, text);
    }
    let left = std::fs::read_dir(folder.path().join("run-1")).expect("the folder");
    assert_eq!(left.count(), 1, "nothing but the file stays");
}

#[tokio::test]
async fn two_runs_keep_their_files_apart() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::new(dir.path().into());
    for run in ["run-1", "run-2"] {
        let (folder_name, file) = (name(run), name("a.txt"));
        let written = folder.write(&folder_name, &file, run.as_bytes()).await;
        written.expect("a folder to write to");
    }
    let first = std::fs::read_to_string(dir.path().join("run-1/a.txt"));
    assert_eq!(first.expect("the file"), "run-1");
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let folder = Folder::new(file);
    let error = folder.write(&name("run"), &name("a.txt"), b"").await;
    assert!(error.unwrap_err().to_string().contains("file/run"));
}

#[tokio::test]
async fn a_write_that_is_given_up_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::new(dir.path().into());
    let (run, file, content) = (name("run"), name("a.txt"), vec![b'x'; 1_000_000]);
    let mut writing = Box::pin(folder.write(&run, &file, &content));
    let parts = || {
        let found = std::fs::read_dir(dir.path().join("run"));
        found.map_or(0, Iterator::count)
    };
    while parts() == 0 {
        assert!(futures::poll!(&mut writing).is_pending());
        tokio::task::yield_now().await;
    }
    drop(writing);
    assert_eq!(parts(), 0);
}

#[cfg(unix)]
mod link {
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn a_link_in_the_file_s_place_is_replaced_and_not_followed() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outside = dir.path().join("outside.txt");
        std::fs::write(&outside, "untouched").expect("a file");
        let folder = Folder::new(dir.path().join("documents"));
        let own = folder.path().join("run");
        std::fs::create_dir_all(&own).expect("a folder");
        symlink(&outside, own.join("a.txt")).expect("a link");

        let written = folder.write(&name("run"), &name("a.txt"), b"new").await;
        let path = written.expect("a folder to write to").path;
        let found = std::fs::symlink_metadata(&path).expect("the file");
        assert!(found.is_file(), "the link is gone");
        let kept = std::fs::read_to_string(&outside).expect("the file outside");
        assert_eq!(kept, "untouched");
    }

    #[tokio::test]
    async fn a_link_in_the_folder_s_place_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let outside = dir.path().join("outside");
        std::fs::create_dir(&outside).expect("a folder");
        let folder = Folder::new(dir.path().join("documents"));
        std::fs::create_dir(folder.path()).expect("a folder");
        symlink(&outside, folder.path().join("run")).expect("a link");

        let refused = folder.write(&name("run"), &name("a.txt"), b"new").await;
        assert!(matches!(refused, Err(WriteError::NotAFolder(_))));
        assert_eq!(std::fs::read_dir(&outside).expect("it").count(), 0);
    }
}
