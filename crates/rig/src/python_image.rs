//! Content of an image with Python and Prefect, like `prefecthq/prefect`.

use std::path::Path;
use std::process::Command;

use crate::command::run;
use crate::environment::Version;
use crate::error::RigError;

/// Copies Python, the environment with Prefect 3 and their libraries to the paths that they have on this machine, without
/// files for tests and builds. `prefect` is in `/usr/bin`, and every user can write to `/tmp`.
const COPY: &str = r#"set -e
rm -rf "$CONTENT"
mkdir -p "$CONTENT/tmp" "$CONTENT/usr/bin"
chmod 1777 "$CONTENT/tmp"
base=$("$PYTHON" -c 'import sys; print(sys.base_prefix)')
environment=$(dirname "$(dirname "$PYTHON")")
for folder in "$base" "$environment"; do
  mkdir -p "$CONTENT$(dirname "$folder")"
  cp -a "$folder" "$CONTENT$folder"
done
rm -rf "$CONTENT$base"/lib/python*/test "$CONTENT$base"/lib/python*/config-* "$CONTENT$base"/lib/python*/site-packages "$CONTENT$base"/lib/*.a
chmod -R go+rX "$CONTENT"
ln -s "$environment/bin/prefect" "$CONTENT/usr/bin/prefect"
{ find "$CONTENT$base" "$CONTENT$environment" -name '*.so*' -type f; readlink -f "$PYTHON"; } |
  xargs -n 50 ldd 2>/dev/null | grep -o '/[^ ]*' | grep -v "^$CONTENT" | sort -u |
  while read -r library; do
    if [ -f "$library" ]; then cp -L --parents "$library" "$CONTENT"; fi
  done
"#;

/// Fills a folder with Python and Prefect 3.
///
/// # Errors
/// Prefect is not installed, or a file cannot be copied.
pub fn write_prefect(content: &Path) -> Result<(), RigError> {
    let mut copy = Command::new("sh");
    copy.args(["-c", COPY])
        .env("CONTENT", content)
        .env("PYTHON", Version::Prefect3.python()?);
    run(&mut copy, "install coreutils and binutils")
}
