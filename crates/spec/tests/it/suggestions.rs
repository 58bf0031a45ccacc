use longshore_spec::suggest::{Nearest, distance, nearest};

#[test]
fn distance_counts_a_swap_as_one_change() {
    for (left, right, expected) in [
        ("", "", 0),
        ("a", "", 1),
        ("Olso", "Oslo", 1),
        ("queue", "queues", 1),
        ("abc", "cab", 2),
        ("é", "e", 1),
        ("日報", "報日", 1),
        ("日次報告", "日報", 2),
    ] {
        assert_eq!(distance(left, right), expected, "{left} {right}");
        assert_eq!(distance(right, left), expected, "{right} {left}");
    }
}

#[test]
fn the_nearest_word_is_near() {
    let keys = ["schedule", "image", "queue", "pool", "tags", "path"];
    for (word, expected) in [
        ("shedule", Some("schedule")),
        ("IMAGE", Some("image")),
        ("quue", Some("queue")),
        ("tag", Some("tags")),
        ("poll", Some("pool")),
        ("retries", None),
        ("x", None),
        ("", None),
    ] {
        assert_eq!(nearest(word, keys), expected, "{word}");
    }
}

#[test]
fn the_nearest_word_is_found_while_compiling() {
    const FOUND: Option<&str> = {
        let mut nearest = Nearest::to("Regoin");
        nearest.offer("days");
        nearest.offer("regions");
        nearest.offer("region");
        nearest.found()
    };
    assert_eq!(FOUND, Some("region"));
}

#[test]
fn words_of_any_length_are_compared() {
    let long = "a".repeat(300);
    let misspelt = format!("b{}", &long[1..]);
    assert_eq!(distance(&misspelt, &long), 1);
    assert_eq!(nearest(&misspelt, [long.as_str()]), Some(long.as_str()));
    assert_eq!(nearest("days", [long.as_str()]), None);
}
