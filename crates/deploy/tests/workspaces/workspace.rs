//! Scratch workspaces.
//!
//! The flags of an artifact's build name the workspace's folder, so all workspaces that share a target folder are in
//! the same place, one after the other; else every one would compile all dependencies again.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(feature = "rig")]
use longshore_rig::PrefectServer;

use crate::process::{Finished, Running, cargo_home, command, finish};

/// The repository that is tested.
pub(crate) fn repository() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .ancestors()
        .nth(2)
        .expect("crates/deploy")
        .to_owned()
}

/// A workspace of flows, in a folder of its own.
pub(crate) struct Workspace {
    folder: PathBuf,
    /// Lines of [dependencies] in the root manifest.
    links: Vec<String>,
    target: Target,
}

/// Where cargo builds.
struct Target {
    folder: PathBuf,
    cargo_home: PathBuf,
    _lock: Option<File>,
}

impl Target {
    /// The target folder that all scratch workspaces share, locked for one test at a time.
    fn shared() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("scratch");
        fs::create_dir_all(&folder).expect("a target folder");
        let lock = File::create(folder.join(".test-lock")).expect("a lock file");
        lock.lock().expect("the lock of the target folder");
        Self {
            folder,
            cargo_home: cargo_home(),
            _lock: Some(lock),
        }
    }
}

impl Workspace {
    /// A workspace without flows.
    pub(crate) fn new() -> Self {
        let workspace = Self::empty(Target::shared());
        workspace.write(
            "build.rs",
            "fn main() {\n    longshore_build::link_flows();\n}\n",
        );
        workspace.write(
            "src/bin/deploy.rs",
            "include!(concat!(env!(\"OUT_DIR\"), \"/deploy.rs\"));\n",
        );
        workspace.write(
            "longshore.toml",
            "[workspace]\nname = \"scratch\"\n\n[defaults]\npool = \"default\"\nqueue = \"kubernetes\"\n\n\
             [pools.default]\ntype = \"process\"\n",
        );
        let lock = repository().join("Cargo.lock");
        fs::copy(lock, workspace.root().join("Cargo.lock")).expect("a copy of Cargo.lock");
        workspace.write_manifest();
        workspace
    }

    /// The repository itself with its first example, as in a fresh clone.
    pub(crate) fn clone_of_repository() -> Self {
        Self::cloned(Target::shared())
    }

    /// A clone that shares nothing with other workspaces: the target folder and cargo's own are below `folder`.
    pub(crate) fn clone_of_another_user(folder: &Path) -> Self {
        let cargo_home = folder.join("cargo");
        copy_registry(&cargo_home);
        Self::cloned(Target {
            folder: folder.join("target"),
            cargo_home,
            _lock: None,
        })
    }

    fn cloned(target: Target) -> Self {
        let workspace = Self::empty(target);
        for part in [
            "Cargo.lock",
            "Cargo.toml",
            "build.rs",
            "longshore.toml",
            "src",
            "crates",
            "macros",
            "runtime",
            "xtask",
            "projects/demo",
        ] {
            copy(&repository().join(part), &workspace.root().join(part));
        }
        let manifest = workspace.read("Cargo.toml");
        let lines = manifest
            .lines()
            .filter(|line| !line.contains("path = \"projects/") || line.contains("projects/demo/"));
        workspace.write("Cargo.toml", &lines.collect::<Vec<_>>().join("\n"));
        workspace
    }

    /// Adds one of the repository's examples to a clone.
    pub(crate) fn add_example(&self, place: &str) {
        let folder = format!("projects/{place}");
        copy(&repository().join(&folder), &self.root().join(&folder));
        let package = place.replace(['/', '_'], "-");
        let header = "[build-dependencies]";
        self.edit(
            "Cargo.toml",
            header,
            &format!("[dependencies.{package}]\npath = \"{folder}\"\n\n{header}"),
        );
    }

    pub(crate) fn target_folder(&self) -> &Path {
        &self.target.folder
    }

    fn empty(target: Target) -> Self {
        let folder = target.folder.with_extension("workspace");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed.expect("the former workspace can be removed"),
        }
        fs::create_dir_all(folder.join("home")).expect("a home folder");
        let workspace = Self {
            folder,
            links: Vec::new(),
            target,
        };
        fs::create_dir(workspace.root()).expect("a folder for the workspace");
        workspace
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("flows")
    }

    /// A folder that is no part of the workspace.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root().join(".longshore")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a path in the workspace")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect("a file of the workspace")
    }

    /// Replaces a text that must be there.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` is missing in {path}: {text}");
        self.write(path, &text.replace(old, new));
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.root().join(path);
        let removed = if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        removed.expect("something to remove");
    }

    /// Adds a flow crate `projects/<place>` and links it; `dependencies` are further lines of its manifest.
    pub(crate) fn flow(&mut self, place: &str, dependencies: &str, library: &str) {
        let package = self.unlinked_flow(place, dependencies, library);
        self.link(&format!("{package} = {{ path = \"projects/{place}\" }}"));
    }

    /// Adds a flow crate without linking it; returns the name of its package.
    pub(crate) fn unlinked_flow(&self, place: &str, dependencies: &str, library: &str) -> String {
        let package = place.replace(['/', '_'], "-");
        let krate = package.replace('-', "_");
        let runtime = repository().join("runtime");
        self.write(
            &format!("projects/{place}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
                 longshore = {{ path = {runtime:?} }}\n{dependencies}"
            ),
        );
        self.write(&format!("projects/{place}/src/lib.rs"), library);
        self.write(
            &format!("projects/{place}/src/main.rs"),
            &format!("longshore::main!({krate});\n"),
        );
        package
    }

    /// Adds a dependency line to the root manifest.
    pub(crate) fn link(&mut self, line: &str) {
        self.links.push(line.to_owned());
        self.write_manifest();
    }

    fn write_manifest(&self) {
        let repository = repository();
        let (deploy, build) = (
            repository.join("crates/deploy"),
            repository.join("crates/build"),
        );
        self.write(
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\n\n\
                 [package]\nname = \"flows\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\nlongshore-deploy = {{ path = {deploy:?} }}\n{}\n\n\
                 [build-dependencies]\nlongshore-build = {{ path = {build:?} }}\n\n\
                 [profile.dev]\ndebug = \"line-tables-only\"\n\n\
                 [profile.dev.package.sha2]\nopt-level = 3\n",
                self.links.join("\n")
            ),
        );
    }

    /// Puts a workspace that was made beside this one into its place, with the versions of the repository's lock file.
    pub(crate) fn take_the_place_of_this(&self, made: &Path) {
        fs::remove_dir_all(self.root()).expect("the former workspace can be removed");
        fs::rename(made, self.root()).expect("the new one can be moved");
        let lock = repository().join("Cargo.lock");
        fs::copy(lock, self.root().join("Cargo.lock")).expect("a copy of Cargo.lock");
    }

    /// The URL of a git repository with the files of the repository that is tested, as they are.
    pub(crate) fn published_repository(&self) -> String {
        let name = "longshore-under-test";
        // Cargo keeps what it fetched before.
        for kept in ["git/db", "git/checkouts"] {
            let Ok(entries) = fs::read_dir(self.target.cargo_home.join(kept)) else {
                continue;
            };
            for entry in entries.map(|entry| entry.expect("an entry")) {
                if entry.file_name().to_string_lossy().starts_with(name) {
                    fs::remove_dir_all(entry.path()).expect("the former one can be removed");
                }
            }
        }
        let folder = self.beside(&format!("{name}.git"));
        let mut init = command(Path::new("git"), &self.folder, &self.beside("home"));
        finish(init.args(["init", "--quiet", "--bare"]).arg(&folder)).code(0);
        let commit =
            "-c user.name=test -c user.email=test@example.com commit --quiet --message=all";
        for arguments in ["add --all", commit] {
            let mut git = command(Path::new("git"), &repository(), &self.beside("home"));
            git.env("GIT_DIR", &folder)
                .env("GIT_WORK_TREE", repository())
                .args(arguments.split(' '));
            finish(&mut git).code(0);
        }
        format!("file://{}", folder.display())
    }

    /// Cargo in the workspace's folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(Path::new("cargo"));
        command.args(arguments);
        command
    }

    /// `cargo run --bin deploy -- <arguments>` to its end.
    pub(crate) fn deploy(&self, arguments: &[&str]) -> Finished {
        let mut command = self.cargo(&["run", "--bin", "deploy", "--"]);
        finish(command.args(arguments))
    }

    /// The same against a real server, with artifacts that are built quickly.
    #[cfg(feature = "rig")]
    pub(crate) fn deploy_to(&self, server: &PrefectServer, arguments: &[&str]) -> Finished {
        let builds = !matches!(arguments.first(), Some(&("destroy" | "list" | "run")));
        let profile: &[&str] = if builds { &["--profile", "dev"] } else { &[] };
        let mut command = self.cargo(&["run", "--bin", "deploy", "--"]);
        finish(
            command
                .args(profile)
                .args(arguments)
                .env("PREFECT_API_URL", server.api_url()),
        )
    }

    /// The program `deploy` as it was built last.
    pub(crate) fn built_deploy(&self) -> Command {
        self.command(&self.target.folder.join("debug/deploy"))
    }

    /// Starts the program `deploy` as it was built last.
    pub(crate) fn start_deploy(&self) -> Running {
        Running::start(&mut self.built_deploy())
    }

    /// Any program, in the workspace's folder and with its folders in the environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = command(program, &self.root(), &self.beside("home"));
        command
            .env("CARGO_TARGET_DIR", &self.target.folder)
            .env("CARGO_HOME", &self.target.cargo_home);
        command
    }

    /// The artifacts in the local store, as paths from its folder, sorted.
    pub(crate) fn artifacts(&self) -> Vec<PathBuf> {
        let store = self.state().join("artifacts");
        let mut found = Vec::new();
        let mut folders = vec![store.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(
                        path.strip_prefix(&store)
                            .expect("a path in the store")
                            .to_owned(),
                    );
                }
            }
        }
        found.sort();
        found
    }

    /// The digests of a flow crate's artifacts, which are the names of their folders.
    pub(crate) fn digests(&self, place: &str) -> Vec<String> {
        let folder = Path::new("projects").join(place);
        let of_place = self.artifacts().into_iter().filter_map(|path| {
            let mut parts = path.strip_prefix(&folder).ok()?.components();
            Some(parts.next()?.as_os_str().to_string_lossy().into_owned())
        });
        let mut digests: Vec<String> = of_place.collect();
        digests.dedup();
        digests
    }
}

/// Gives a new folder of cargo what is in the registry's cache; packages are unpacked from there again.
fn copy_registry(to: &Path) {
    for part in ["index", "cache"] {
        let part = Path::new("registry").join(part);
        copy(&cargo_home().join(&part), &to.join(&part));
    }
}

/// Copies a file or a folder; the copies are as new as in a fresh clone.
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().expect("a path in a folder")).expect("a folder");
        let content = fs::read(from).expect("a file to copy");
        fs::write(to, content).expect("a copy");
        return;
    }
    for entry in fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
