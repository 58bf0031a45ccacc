//! The report of the shipped transactions.

use finance_daily_report::{Region, daily_report};

#[tokio::test]
async fn writes_a_line_per_product() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("report.md");
    daily_report(Region::Eu, 31, path.clone())
        .await
        .expect("the shipped data is sound");
    let table = std::fs::read_to_string(path).expect("the report was written");
    for product in ["bollard", "fender", "mooring-line", "pilot-ladder"] {
        assert!(table.contains(&format!("| {product} |")), "{table}");
    }
}

#[tokio::test]
async fn names_the_file_that_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("missing").join("report.md");
    let error = daily_report(Region::Us, 1, path.clone())
        .await
        .expect_err("the folder is missing");
    assert!(
        error
            .to_string()
            .contains(path.to_str().expect("a readable path")),
        "{error}"
    );
}
