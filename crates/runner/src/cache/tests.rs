use std::os::unix::fs::PermissionsExt as _;

use longshore_storage::AllowedStores;

use super::*;

fn artifact(content: &str) -> ArtifactLocation {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("content");
    fs::write(&file, content).unwrap();
    let digest = Digest::of_file(&file).unwrap();
    let stores = AllowedStores::of_folders(["/store".into()]);
    let location = format!("/store/projects/a/b/{digest}/program");
    stores.resolve(&location, digest).unwrap()
}

fn cache(folder: &Path, limit: u64) -> Cache {
    Cache {
        folder: folder.to_owned(),
        limit,
        patience: Duration::ZERO,
    }
}

async fn get(cache: &Cache, content: &str) -> (PathBuf, bool) {
    let mut fetched = false;
    let program = cache
        .get(&artifact(content), async |target: &Path| {
            fetched = true;
            fs::write(target, content).unwrap();
            Ok(())
        })
        .await
        .unwrap();
    let program = program.path().to_owned();
    assert_eq!(fs::read_to_string(&program).unwrap(), content);
    (program, fetched)
}

#[tokio::test]
async fn a_program_is_fetched_once_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(&folder.path().join("made"), 1000);
    let (program, fetched) = get(&cache, "one").await;
    assert!(fetched && program.ends_with("program"));
    assert_eq!(get(&cache, "one").await, (program, false));
}

#[tokio::test]
async fn a_folder_that_others_can_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    for mode in [0o777, 0o775, 0o1777] {
        fs::set_permissions(&open, fs::Permissions::from_mode(mode)).unwrap();
        let cache = cache(&open, 1000);
        let error = cache
            .get(&artifact("one"), async |_: &Path| {
                unreachable!("nothing is fetched")
            })
            .await
            .unwrap_err();
        let text = error.in_full();
        assert!(
            text.contains("can be written by its group or by others"),
            "{text}"
        );
        assert!(text.contains("open/longshore"), "{text}");
    }
}

#[tokio::test]
async fn a_process_that_holds_the_artifact_for_too_long_is_named_by_its_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 1000);
    let artifact = artifact("one");
    let held = cache.lock(artifact.digest()).unwrap();
    held.lock().unwrap();
    let error = cache
        .get(&artifact, async |_: &Path| {
            unreachable!("nothing is fetched")
        })
        .await
        .unwrap_err();
    let text = error.in_full();
    assert!(
        text.contains(&format!("{}.lock", artifact.digest())),
        "{text}"
    );
    assert!(text.contains("end that process"), "{text}");
}

#[tokio::test]
async fn a_planted_program_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 1000);
    let (program, _) = get(&cache, "one").await;
    // The right content, in a file that another user could change after the check.
    fs::set_permissions(&program, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(get(&cache, "one").await, (program.clone(), true));
    // A link to such a file.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&program, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &program).unwrap();
    assert_eq!(get(&cache, "one").await, (program, true));
}

#[tokio::test]
async fn a_damaged_program_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 1000);
    let (program, _) = get(&cache, "one").await;
    fs::write(&program, "two").unwrap();
    assert_eq!(get(&cache, "one").await, (program.clone(), true));
    fs::remove_file(&program).unwrap();
    fs::write(program.with_extension("part"), "half of it").unwrap();
    assert_eq!(get(&cache, "one").await, (program.clone(), true));
    assert_eq!(fs::read_dir(program.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_least_recently_used_program_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 10);
    let age = |program: &Path, seconds| {
        let place = File::open(program.parent().unwrap()).unwrap();
        let time = SystemTime::now() - Duration::from_secs(seconds);
        place.set_modified(time).unwrap();
    };
    let (first, _) = get(&cache, "1111").await;
    let (second, _) = get(&cache, "2222").await;
    age(&first, 200);
    age(&second, 100);
    // Used again, so the second one is now the oldest.
    assert!(!get(&cache, "1111").await.1);
    let (third, _) = get(&cache, "3333").await;
    assert!(first.exists() && !second.exists() && third.exists());
    // One that is larger than the limit is kept as long as it is the newest.
    let (large, _) = get(&cache, "larger than the limit").await;
    assert!(large.exists() && !first.exists() && !third.exists());
}

#[tokio::test]
async fn a_program_that_another_process_holds_stays() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 4);
    let (held, _) = get(&cache, "1111").await;
    let lock = cache.lock(artifact("1111").digest()).unwrap();
    lock.lock().unwrap();
    get(&cache, "2222").await;
    assert!(held.exists());
    drop(lock);
    get(&cache, "3333").await;
    assert!(!held.exists());
}

#[tokio::test]
async fn a_failed_fetch_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path(), 1000);
    let artifact = artifact("one");
    let failed = cache
        .get(&artifact, async |target: &Path| {
            fs::write(target, "half").unwrap();
            Err(RunError::NoRun)
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(cache.entries().len(), 0);
}

#[test]
fn the_folder_and_the_limit_come_from_the_environment() {
    let cache = |variables: &[(&str, &str)]| {
        let env = |name: &str| {
            let mut of_name = variables.iter().filter(|(known, _)| *known == name);
            of_name.next().map(|(_, value)| (*value).to_owned())
        };
        let cache = Cache::from_environment(&env).map_err(|error| error.to_string())?;
        Ok::<_, String>((cache.folder, cache.limit / MEGABYTE))
    };
    let home = ("HOME", "/home/a");
    assert_eq!(
        cache(&[home]),
        Ok(("/home/a/.cache/longshore".into(), 4096))
    );
    assert_eq!(
        cache(&[
            home,
            ("XDG_CACHE_HOME", "/x"),
            ("LONGSHORE_CACHE_MEGABYTES", "10")
        ]),
        Ok(("/x/longshore".into(), 10))
    );
    assert_eq!(
        cache(&[home, ("XDG_CACHE_HOME", "/x"), ("LONGSHORE_CACHE", "/c")]),
        Ok(("/c".into(), 4096))
    );
    assert!(cache(&[]).unwrap_err().contains("LONGSHORE_CACHE"));
    assert!(
        cache(&[home, ("LONGSHORE_CACHE_MEGABYTES", "4G")])
            .unwrap_err()
            .contains("4G")
    );
}
