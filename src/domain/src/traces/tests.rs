//! What the analysis says of small traces, and that no trace can hurt it.

use super::*;
use proptest::prelude::*;

const MS: i64 = 1_000_000;

/// `id parent service operation from to [flags]`; a parent `-` is none, times in milliseconds, flag `!` failed, `>` client.
fn tree(text: &str) -> Tree {
    Tree::new(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(span).collect())
}

fn span(line: &str) -> Span {
    let words: Vec<&str> = line.split_whitespace().collect();
    let time = |at: usize| words[at].parse::<i64>().unwrap() * MS;
    let flags = words.get(6).copied().unwrap_or_default();
    Span {
        id: words[0].to_owned(),
        parent: (words[1] != "-").then(|| words[1].to_owned()),
        service: words[2].to_owned(),
        operation: words[3].to_owned(),
        kind: if flags.contains('>') { Kind::Client } else { Kind::Server },
        start_ns: time(4),
        end_ns: time(5),
        failed: flags.contains('!'),
        message: flags.contains('!').then(|| format!("{} broke", words[2])),
        peer: flags.contains('>').then(|| "orders-db".to_owned()),
        ..Span::default()
    }
}

fn path_text(tree: &Tree) -> String {
    let name = |index: usize| tree.span(index).map(|span| span.id.clone()).unwrap_or_default();
    critical_path(tree)
        .iter()
        .map(|step| format!("{} {}-{}", step.span.map_or("(none)".into(), name), step.start_ns / MS, step.end_ns / MS))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn the_path_goes_through_what_ended_last() {
    let cases = [
        ("a - web GET 0 100\n b a cart GET 10 60\n c a pay POST 60 95", "a 0-10, b 10-60, c 60-95, a 95-100"),
        ("a - web GET 0 100\n b a cart GET 10 60\n c a pay POST 10 90", "a 0-10, c 10-90, a 90-100"),
        ("a - web GET 0 100\n b a cart GET 10 120", "a 0-10, b 10-120"),
        ("a - web GET 0 10\n b - late GET 20 30", "a 0-10, (none) 10-20, b 20-30"),
        ("a - web GET 0 100\n b a cart GET 10 61\n c a pay POST 60 95", "a 0-10, b 10-60, c 60-95, a 95-100"),
    ];
    for (spans, wanted) in cases {
        assert_eq!(path_text(&tree(spans)), wanted, "{spans}");
    }
}

#[test]
fn a_child_that_outlives_its_parent_is_followed_to_the_parents_end() {
    let tree = tree("r - web GET 0 200\n a r web work 0 100\n b a cart GET 10 120\n c r pay GET 120 200");
    assert_eq!(path_text(&tree), "a 0-10, b 10-100, r 100-120, c 120-200");
}

#[test]
fn self_time_leaves_out_children_once() {
    let tree = tree("a - web GET 0 100\n b a x GET 10 60\n c a y GET 40 80\n d a z GET 90 130");
    let times: Vec<i64> = self_times(&tree).iter().map(|time| time / MS).collect();
    assert_eq!(times, [20, 50, 40, 40]);
}

#[test]
fn the_failure_that_the_others_come_from_stands_first() {
    let tree = tree(
        "a - web GET 0 100 !\n r a recs GET 1 5 !\n b a cart GET 10 90 !\n c b pay POST 20 80 !\n d a extra GET 6 9",
    );
    let told: Vec<String> = failures(&tree)
        .iter()
        .map(|group| format!("{} {} {}", tree.span(group.span).unwrap().service, group.began_here, group.reached_root))
        .collect();
    assert_eq!(told, ["recs true true", "pay true true", "web false true", "cart false true"]);
    let handled = self::tree("a - web GET 0 100\n r a recs GET 1 5 !\n b a cart GET 10 90");
    assert!(!failures(&handled)[0].reached_root);
}

#[test]
fn calls_that_repeat_are_told_with_their_way() {
    let mut serial = "a - shop list 0 1000\n".to_owned();
    let mut parallel = serial.clone();
    for call in 0..20 {
        serial.push_str(&format!("s{call} a shop SELECT-item/{call} {} {}\n", call * 10, call * 10 + 9));
        parallel.push_str(&format!("s{call} a shop SELECT-item/{call} 10 {}\n", 100 + call));
    }
    for (text, parallel) in [(serial, false), (parallel, true)] {
        let tree = tree(&text);
        let found = repeated(&tree);
        assert_eq!((found.len(), found[0].count, found[0].parents), (1, 20, 1));
        assert_eq!(found[0].is_parallel(), parallel);
    }
    assert!(repeated(&tree("a - x y 0 9\n b a x z 1 2\n c a x z 2 3")).is_empty());
}

#[test]
fn a_stretch_without_spans_is_told_where_children_stand_around_it() {
    let tree = tree("a - web GET 0 100\n b a x GET 5 10\n c a y GET 70 95\n l a z leaf 0 4");
    let found = gaps(&tree);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].start_ns / MS, found[0].end_ns / MS), (10, 70));
}

#[test]
fn a_service_whose_clock_is_behind_is_moved_into_its_call() {
    let spans = "a - web GET 1000 1100\n b a cart GET 500 580\n c b cart inner 510 570\n d b db query 1020 1060";
    let (mended, skews) = without_skew(tree(spans));
    assert_eq!((skews.len(), skews[0].service.as_str(), skews[0].moved_ns / MS), (1, "cart", 510));
    let starts: Vec<i64> = mended.spans().iter().map(|span| span.start_ns / MS).collect();
    assert_eq!(starts, [1000, 1010, 1020, 1020], "what fits without the move stays");
    let (_, none) = without_skew(tree("a - web GET 0 10\n b a cart GET 5 50"));
    assert!(none.is_empty(), "work left running is no skew");
}

#[test]
fn what_is_wrong_with_a_trace_is_counted() {
    let odd = tree("a b x y 0 1\n b a x y 0 1\n c gone x y 5 2\n c gone x y 5 2\n d d x y 0 1").oddities();
    assert_eq!((odd.cycles, odd.missing_parents, odd.duplicates, odd.negative_durations), (2, 1, 1, 1));
    assert!(odd.no_root);
    assert_eq!(tree("a - x y 0 1\n b - x y 0 9").oddities().further_roots, 1);
}

#[test]
fn numbers_and_ids_in_names_do_not_tell_operations_apart() {
    let cases = [
        ("GET /users/8812/orders", "GET /users/*/orders"),
        ("SELECT users_v2", "SELECT users_v2"),
        ("get 5f2b0c1e-9a3d-4a41-9b0e-000000000001", "get *"),
        ("deadbeef facade", "deadbeef facade"),
        ("HTTP/1.1 http2 s3", "HTTP/*.* http2 s3"),
        ("", ""),
    ];
    for (name, wanted) in cases {
        assert_eq!(general_name(name), wanted);
    }
}

#[test]
fn a_diff_names_the_path_that_changed() {
    let before = tree("a - web GET 0 100\n b a cart GET 10 60\n e a old GET 70 80");
    let after = tree("a - web GET 0 300\n b a cart GET 10 60\n c b db q 12 50\n f a cart GET 60 290");
    let (found, total) = diff(&before, &after, 10);
    let told: Vec<String> =
        found.iter().map(|one| format!("{:?} {} {:?}", one.change, one.path.last().unwrap().0, one.count)).collect();
    assert_eq!(told, ["Slower cart (1, 2)", "Added db (0, 1)", "Faster web (1, 1)", "Removed old (1, 0)"]);
    assert_eq!(total, 4);
    assert!(diff(&before, &before, 10).0.is_empty());
}

#[test]
fn edges_are_calls_between_services_and_to_peers_without_spans() {
    let one = tree(
        "a - web GET 0 100\n k a web call 5 95 >!\n b k cart GET 10 90\n q b cart SELECT 20 30 >\n r b cart SELECT 30 70 >",
    );
    let told: Vec<String> = edges([&one])
        .iter()
        .map(|edge| {
            format!("{}>{} {} {} {}", edge.caller, edge.callee, edge.calls, edge.failed, edge.quantile_ns(0.95) / MS)
        })
        .collect();
    assert_eq!(told, ["web>cart 1 1 80", "cart>orders-db 2 0 40"]);
}

#[test]
fn attributes_that_part_the_groups_are_found() {
    let with = |pod: &str| Span {
        attributes: [("pod".to_owned(), pod.to_owned()), ("zone".to_owned(), "a".to_owned())].into(),
        ..Span::default()
    };
    let (slow, fast) = ([with("1"), with("1")], [with("2"), with("3")]);
    let found = differing_attributes(&slow.iter().collect::<Vec<_>>(), &fast.iter().collect::<Vec<_>>());
    assert_eq!(found, [("pod".to_owned(), "1".to_owned(), false)]);
}

fn chain(length: usize) -> Tree {
    let link = |n: usize| Span {
        id: n.to_string(),
        parent: n.checked_sub(1).map(|above| above.to_string()),
        service: format!("s{}", n % 7),
        operation: "work".into(),
        start_ns: n as i64,
        end_ns: 1_000_000 - n as i64,
        failed: n.is_multiple_of(3),
        ..Span::default()
    };
    Tree::new((0..length).map(link).collect())
}

#[test]
fn a_chain_of_ten_thousand_spans_overflows_no_stack_and_takes_no_square() {
    let tree = chain(10_000);
    assert_eq!(critical_path(&tree).len(), 2 * 10_000 - 1);
    assert_eq!(diff(&tree, &chain(9_999), 5).1, 2, "the last link is gone, and the one above it is its own now");
    let (summary, _) = summarize("x", tree, |_| true);
    assert_eq!(summary.spans, 10_000);
}

#[test]
fn a_summary_is_made_smaller_until_it_fits_and_keeps_a_row_of_each_list() {
    let (summary, left_out) = summarize("x", chain(500), |summary| summary.critical_path.rows.len() <= 2);
    assert!(left_out);
    assert!(summary.critical_path.rows.len() <= 2 && !summary.failures.rows.is_empty());
    let (smallest, _) = summarize("x", chain(500), |_| false);
    assert!(!smallest.critical_path.rows.is_empty() && !smallest.slowest.rows.is_empty());
}

#[test]
fn a_trace_of_nothing_is_summarized() {
    let (summary, left_out) = summarize("x", Tree::default(), |_| true);
    assert_eq!((summary.spans, summary.duration_ms, left_out), (0, 0.0, false));
}

fn any_span() -> impl Strategy<Value = Span> {
    let time = prop_oneof![0i64..200, Just(i64::MIN), Just(i64::MAX), -50i64..0];
    let id = || "[a-j]?";
    (id(), prop::option::of(id()), "[xyz]", "[a-c/0-9]{0,4}", time.clone(), time, any::<bool>(), 0usize..6).prop_map(
        |(id, parent, service, operation, start_ns, end_ns, failed, kind)| Span {
            id,
            parent,
            service,
            operation,
            kind: [Kind::Unspecified, Kind::Internal, Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer][kind],
            start_ns,
            end_ns,
            failed,
            message: failed.then(|| "no".to_owned()),
            peer: Some("db".to_owned()),
            ..Span::default()
        },
    )
}

proptest! {
    #[test]
    fn no_trace_panics_and_every_span_is_reached(spans in prop::collection::vec(any_span(), 0..25)) {
        let tree = Tree::new(spans.clone());
        let mut reached = tree.downwards().to_vec();
        reached.sort_unstable();
        prop_assert_eq!(reached, (0..tree.spans().len()).collect::<Vec<_>>());
        let _ = (failures(&tree), repeated(&tree), gaps(&tree), edges([&tree]), by_operation(&tree));
        let _ = diff(&tree, &Tree::new(spans.into_iter().rev().collect()), 10);
        let _ = summarize("x", tree, |_| false);
    }

    #[test]
    fn the_path_is_the_extent_without_gap_or_overlap(spans in prop::collection::vec(any_span(), 0..25)) {
        let tree = Tree::new(spans);
        let (from, to) = tree.extent();
        let path = critical_path(&tree);
        let mut at = from;
        for step in &path {
            prop_assert_eq!(step.start_ns, at);
            prop_assert!(step.end_ns > step.start_ns);
            at = step.end_ns;
        }
        prop_assert_eq!(at, to);
    }

    #[test]
    fn self_times_of_a_serial_trace_add_up_to_its_length(cuts in prop::collection::vec(1i64..50, 1..30)) {
        let length: i64 = cuts.iter().sum();
        let mut spans = vec![Span { id: "r".into(), end_ns: length, ..Span::default() }];
        let mut at = 0;
        for (n, cut) in cuts.iter().enumerate() {
            let parent = if n % 3 == 2 { format!("{}", n - 1) } else { "r".to_owned() };
            let inside = if n % 3 == 2 { (at - cuts[n - 1], at - cuts[n - 1] / 2) } else { (at, at + cut) };
            spans.push(Span { id: n.to_string(), parent: Some(parent), start_ns: inside.0, end_ns: inside.1, ..Span::default() });
            at += cut;
        }
        let sum: i64 = self_times(&Tree::new(spans)).iter().sum();
        prop_assert_eq!(sum, length);
    }

    #[test]
    fn self_time_is_never_more_than_the_span(spans in prop::collection::vec(any_span(), 0..25)) {
        let tree = Tree::new(spans);
        for (span, own) in tree.spans().iter().zip(self_times(&tree)) {
            prop_assert!((0..=span.duration_ns()).contains(&own));
        }
    }

    #[test]
    fn mending_clocks_keeps_every_duration(spans in prop::collection::vec(any_span().prop_filter("times of this world", |span| span.start_ns.unsigned_abs() < 1_000 && span.end_ns.unsigned_abs() < 1_000), 0..20)) {
        let tree = Tree::new(spans);
        let before: Vec<i64> = tree.spans().iter().map(Span::duration_ns).collect();
        let (mended, _) = without_skew(tree);
        let after: Vec<i64> = mended.spans().iter().map(Span::duration_ns).collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_general_name_is_its_own_general_name(name in "\\PC{0,40}") {
        let once = general_name(&name);
        prop_assert_eq!(general_name(&once), once);
    }
}
