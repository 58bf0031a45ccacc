use std::fs;
use std::process::Command as Blocking;

use longshore_storage::Digest;
use tempfile::TempDir;

use super::*;

const PACKAGE: LinkedPackage = LinkedPackage {
    name: "demo-first",
    folder: "projects/demo/first",
    binary: "demo-first",
};

/// A small workspace with all that lets a folder slip into a program: panics in the package, in a
/// path dependency, in one of the registry, in generated code and in C.
const FILES: [(&str, &str); 9] = [
    ("src/lib.rs", ""),
    (
        "shared/Cargo.toml",
        "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    ),
    (
        "shared/src/lib.rs",
        "pub fn third(list: &[u32]) -> u32 { list[3] }\n",
    ),
    (
        "projects/demo/first/Cargo.toml",
        "[package]\nname = \"demo-first\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nmemchr = { version = \"2\", default-features = false }\nshared = { path = \"../../../shared\" }\n\
         [build-dependencies]\ncc = \"1\"\n",
    ),
    (
        "projects/demo/first/c/part.c",
        "#include <assert.h>\nint part(int n) { assert(n > 0); return n; }\n",
    ),
    (
        "projects/demo/first/build.rs",
        "fn main() {\n    cc::Build::new().file(\"c/part.c\").compile(\"part\");\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
         std::fs::write(out + \"/made.rs\", \"pub fn made(n: usize) -> u8 { [1u8, 2][n] }\").unwrap();\n}\n",
    ),
    (
        "projects/demo/first/src/lib.rs",
        "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n\
         unsafe extern \"C\" { safe fn part(n: i32) -> i32; }\n\
         pub fn all(list: &[u32]) -> String {\n    \
         let n = shared::third(list) + u32::from(made(list.len())) + part(1).cast_unsigned();\n    \
         format!(\"{n:?} {:?}\", memchr::memmem::find(b\"ab\", b\"b\"))\n}\n",
    ),
    (
        "projects/demo/first/src/main.rs",
        "fn main() { println!(\"{} {:?}\", demo_first::all(&[1]), demo_first::all as *const ()); }\n",
    ),
    (
        "projects/demo/second/src/lib.rs",
        "pub fn other() -> Option<usize> { memchr::memchr(1, &[1]) }\n",
    ),
];

const SECOND: &str = "[package]\nname = \"demo-second\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                      [dependencies]\nmemchr = \"2\"\n";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn manifest(flows: &[&str]) -> String {
    let lines: Vec<String> = flows
        .iter()
        .map(|flow| format!("demo-{flow} = {{ path = \"projects/demo/{flow}\" }}\n"))
        .collect();
    format!(
        "[workspace]\nresolver = \"3\"\n[package]\nname = \"flows\"\nversion = \"0.1.0\"\n\
         edition = \"2024\"\n[dependencies]\n{}",
        lines.concat()
    )
}

/// What the packages above need; the workspace of this crate needs them too.
const CRATES: [&str; 4] = ["memchr", "cc", "shlex", "find-msvc-tools"];

/// A folder of cargo's own with some crates of the user's registry, so that nothing is downloaded.
fn copy_cargo_home(to: &Path) {
    let inherited: Environment = env::vars_os().collect();
    let from = cargo_home(&inherited, Path::new("/")).join("registry");
    let mut copied = 0;
    for file in files(&from.join("index"))
        .into_iter()
        .chain(files(&from.join("cache")))
    {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Names in the index are bare, those of the archives end in `-<version>.crate`.
        let bare = match name
            .strip_suffix(".crate")
            .and_then(|name| name.rsplit_once('-'))
        {
            Some((bare, _)) => bare,
            None => &name,
        };
        if name == "config.json" || CRATES.contains(&bare) {
            let place = to.join("registry").join(file.strip_prefix(&from).unwrap());
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::copy(file, place).unwrap();
            copied += 1;
        }
    }
    assert!(
        copied > 2 * CRATES.len(),
        "the registry in `{}` lacks crates",
        from.display()
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

struct Scratch {
    folder: TempDir,
    name: &'static str,
}

impl Scratch {
    fn new(name: &'static str) -> Self {
        let folder = TempDir::new().unwrap();
        let scratch = Self { folder, name };
        for (path, text) in FILES {
            write(&scratch.root(), path, text);
        }
        write(&scratch.root(), "projects/demo/second/Cargo.toml", SECOND);
        write(&scratch.root(), "Cargo.toml", &manifest(&["first"]));
        copy_cargo_home(&scratch.cargo_home());
        scratch
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join(self.name)
    }

    fn cargo_home(&self) -> PathBuf {
        self.folder.path().join(format!("home-of-{}", self.name))
    }

    fn environment(&self) -> Environment {
        let mut environment: Environment = env::vars_os().collect();
        for name in ["CARGO_TARGET_DIR", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"] {
            environment.remove(OsString::from(name).as_os_str());
        }
        environment.insert("CARGO_HOME".into(), self.cargo_home().into());
        environment.insert("CARGO_NET_OFFLINE".into(), "true".into());
        environment
    }

    fn lock(&self) {
        let done = Blocking::new("cargo")
            .args(["generate-lockfile", "--offline", "--quiet"])
            .current_dir(self.root())
            .env_clear()
            .envs(before_cargo(self.environment(), &[]))
            .status()
            .unwrap();
        assert!(done.success());
    }

    async fn build(&self, profile: &str) -> Result<PathBuf, BuildError> {
        let cargo = Cargo::with_environment(&self.root(), self.environment()).await?;
        let options = BuildOptions {
            profile: profile.to_owned(),
            target: None,
            is_static: false,
        };
        cargo.build(&PACKAGE, &options).await
    }

    async fn digest(&self, profile: &str) -> Digest {
        Digest::of_file(&self.build(profile).await.unwrap()).unwrap()
    }
}

/// The other flow also switches on a feature of a dependency that both have.
#[cfg(unix)]
#[tokio::test]
async fn a_digest_depends_on_no_folder_and_on_no_other_flow() {
    let one = Scratch::new("one");
    let two = Scratch::new("another-name");
    for scratch in [&one, &two] {
        scratch.lock();
    }
    for profile in ["dev", "release"] {
        let first = one.digest(profile).await;
        assert_eq!(first, two.digest(profile).await, "{profile}: other folders");
        let program = one.build(profile).await.unwrap();
        let content = String::from_utf8_lossy(&fs::read(program).unwrap()).into_owned();
        let folder = one.folder.path().display().to_string();
        assert!(
            !content.contains(&folder),
            "{profile}: the program names {folder}"
        );
    }
    let before = two.digest("dev").await;
    let linked = two.folder.path().join("linked");
    std::os::unix::fs::symlink(two.root(), &linked).unwrap();
    let cargo = Cargo::with_environment(&linked, two.environment())
        .await
        .unwrap();
    let options = BuildOptions {
        profile: "dev".to_owned(),
        target: None,
        is_static: false,
    };
    fs::remove_dir_all(two.root().join("target")).unwrap();
    let program = cargo.build(&PACKAGE, &options).await.unwrap();
    assert_eq!(before, Digest::of_file(&program).unwrap(), "through a link");
    write(&two.root(), "Cargo.toml", &manifest(&["first", "second"]));
    two.lock();
    assert_eq!(before, two.digest("dev").await, "one more flow");
}

#[tokio::test]
async fn a_package_that_does_not_compile_is_named() {
    let scratch = Scratch::new("broken");
    write(
        &scratch.root(),
        "projects/demo/first/src/main.rs",
        "fn main() { missing() }",
    );
    scratch.lock();
    let error = scratch.build("dev").await.unwrap_err();
    assert!(
        matches!(&error, BuildError::Failed { package, .. } if package == "demo-first"),
        "{error:?}"
    );
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("nothing was registered"))
    );
}

#[tokio::test]
async fn a_lock_file_that_does_not_fit_is_not_changed() {
    let scratch = Scratch::new("unlocked");
    scratch.lock();
    let before = fs::read(scratch.root().join("Cargo.lock")).unwrap();
    write(
        &scratch.root(),
        "Cargo.toml",
        &manifest(&["first", "second"]),
    );
    assert!(matches!(
        scratch.build("dev").await,
        Err(BuildError::Failed { .. })
    ));
    assert_eq!(fs::read(scratch.root().join("Cargo.lock")).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn a_build_that_is_given_up_is_ended() {
    let scratch = Scratch::new("endless");
    let mark = scratch.folder.path().join("pid");
    write(
        &scratch.root(),
        "projects/demo/first/build.rs",
        &format!(
            "fn main() {{\n    std::fs::write({mark:?}, std::process::id().to_string()).unwrap();\n    \
             loop {{ std::thread::park(); }}\n}}\n"
        ),
    );
    scratch.lock();
    let build = scratch.build("dev");
    tokio::select! {
        ended = build => panic!("the build ended: {ended:?}"),
        () = until(|| fs::read_to_string(&mark).is_ok_and(|pid| !pid.is_empty())) => {}
    }
    let pid: i32 = fs::read_to_string(&mark).unwrap().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    until(|| rustix::process::test_kill_process(pid).is_err()).await;
}

/// Waits for something that another process does.
async fn until(happened: impl Fn() -> bool) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    let watching = async {
        while !happened() {
            ticks.tick().await;
        }
    };
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, watching).await.unwrap();
}

#[tokio::test]
async fn a_line_of_cargo_without_an_end_is_an_error() {
    let error = find_executable(tokio::io::repeat(b'x'), &PACKAGE).await;
    let error = error.unwrap_err();
    let BuildError::Read { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.to_string().contains("16 MiB"), "{source}");
}

#[tokio::test]
async fn an_answer_of_cargo_without_an_end_is_an_error() {
    let error = output(Command::new("cat").arg("/dev/zero"), "cargo metadata").await;
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "`cargo metadata` printed more than 64 MiB");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn a_static_program_needs_no_loader() {
    let scratch = Scratch::new("static");
    scratch.lock();
    for (is_static, needs_loader) in [(false, true), (true, false)] {
        let cargo = Cargo::with_environment(&scratch.root(), scratch.environment())
            .await
            .unwrap();
        let options = BuildOptions {
            profile: "dev".to_owned(),
            target: None,
            is_static,
        };
        let program = cargo.build(&PACKAGE, &options).await.unwrap();
        let executable = longshore_storage::Executable::read(&program).unwrap();
        assert_eq!(executable.interpreter.is_some(), needs_loader);
    }
}
