use longshore_spec::suggest::{distance, nearest};

#[test]
fn distance_counts_a_swap_as_one_change() {
    for (left, right, expected) in [
        ("", "", 0),
        ("a", "", 1),
        ("Olso", "Oslo", 1),
        ("queue", "queues", 1),
        ("abc", "cab", 2),
        ("é", "e", 1),
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
