//! What the arena promises.

use proptest::prelude::*;

use super::scan::Near;
use super::*;

fn unit(numbers: &[f32]) -> Vec<f32> {
    let length = numbers
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt()
        .max(1e-6);
    numbers.iter().map(|number| number / length).collect()
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn row<'a>(number: i64, owner_id: &'a str, series: Option<(&'a str, i64)>, vector: &'a [f32]) -> Row<'a> {
    Row {
        number,
        kind: Kind::File,
        owner_id,
        series,
        part: 0,
        chars: 40,
        vector,
    }
}

fn nearest(arena: &Arena, vector: &[f32], k: usize, passes: impl Fn(u8, u64) -> bool + Sync) -> Vec<Near> {
    let mut found = Found::new(k);
    arena.scan(vector, Some(passes), &mut found);
    found.best()
}

proptest! {
    #[test]
    fn a_scan_finds_what_is_nearest(rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 16), 1..60), k in 1_usize..8) {
        let mut arena = Arena::new(EXACT_UNTIL);
        let rows: Vec<Vec<f32>> = rows.iter().map(|row| unit(row)).collect();
        for (number, vector) in rows.iter().enumerate() {
            arena.add(&row(number as i64, "a", None, vector));
        }
        arena.settle();
        let wanted = &rows[0];
        let found = nearest(&arena, wanted, k, |_, _| true);
        prop_assert_eq!(found.len(), k.min(rows.len()));
        let worst = found.last().unwrap().cosine;
        for (number, vector) in rows.iter().enumerate() {
            let is_found = found.iter().any(|near| near.number == number as i64);
            // Rounding is worth less than two hundredths at this length.
            prop_assert!(is_found || product(wanted, vector) <= worst + 0.02);
        }
    }

    /// Whatever is added and forgotten in whatever order: each passage has the neighbours that it has now.
    #[test]
    fn neighbours_are_those_that_are_there(
        positions in prop::collection::vec(0_i64..30, 1..40),
        gone in prop::collection::vec(0_usize..40, 0..20),
    ) {
        let mut arena = Arena::new(EXACT_UNTIL);
        let mut there: BTreeMap<i64, (i64, Vec<f32>)> = BTreeMap::new();
        for (number, position) in positions.iter().enumerate() {
            if there.contains_key(position) {
                continue;
            }
            let vector = unit(&[1.0 + number as f32, 3.0 - *position as f32, 2.0, 0.5]);
            arena.add(&row(number as i64, "a", Some(("s", *position)), &vector));
            there.insert(*position, (number as i64, vector));
        }
        arena.settle();
        let forgotten: Vec<i64> = gone.iter().map(|number| *number as i64).collect();
        arena.forget(&forgotten);
        there.retain(|_, (number, _)| !forgotten.contains(number));
        let asked = unit(&[1.0, 1.0, 1.0, 1.0]);
        let found = nearest(&arena, &asked, 100, |_, _| true);
        prop_assert_eq!(found.len(), there.len());
        prop_assert_eq!(arena.len(), there.len());
        for near in found {
            let (position, (_, own)) = there.iter().find(|(_, (number, _))| *number == near.number).unwrap();
            let mut sum = own.clone();
            let mut add = |steps: [i64; 2], weights: [f32; 2]| {
                for (step, weight) in steps.into_iter().zip(weights) {
                    let Some((_, vector)) = there.get(&(position + step)) else { break };
                    for (sum, number) in sum.iter_mut().zip(vector) {
                        *sum += weight * number;
                    }
                }
            };
            add([-1, -2], BEFORE);
            add([1, 2], BEHIND);
            let wanted = product(&unit(&sum), &asked);
            prop_assert!((near.cosine - wanted).abs() < 0.03, "{} {}", near.cosine, wanted);
        }
    }
}

#[test]
fn a_filter_is_part_of_the_scan_and_what_is_wanted_is_told_anyway() {
    let mut arena = Arena::new(EXACT_UNTIL);
    arena.add(&row(1, "a", None, &[1.0, 0.0]));
    arena.add(&row(2, "b", None, &[0.9, 0.1]));
    arena.add(&row(3, "c", None, &[0.0, 1.0]));
    arena.add(&row(4, "c", None, &[0.0, 1.0, 0.0]));
    arena.add(&row(1, "c", None, &[0.0, 1.0]));
    arena.settle();
    assert_eq!(
        arena.len(),
        3,
        "one of another length, and one that is there, are left out"
    );
    let found = nearest(&arena, &[1.0, 0.0], 1, |_, owner| owner == owner_of("c"));
    assert_eq!(found[0].number, 3);
    let mut found = Found::new(1);
    arena.scan(&[1.0, 0.0], Some(|_, _| false), &mut found);
    arena.tell(&[1.0, 0.0], &[2, 9], &mut found);
    assert!(found.best().is_empty());
    assert_eq!(
        found.others.iter().map(|near| near.number).collect::<Vec<_>>(),
        [2]
    );
}

/// Vectors as embeddings are: around centres, all leaning to one side, one topic for some passages on end.
fn clustered(rows: usize, dimensions: usize) -> Vec<Vec<f32>> {
    let mut state = 7_u64;
    let mut random = move || {
        // The sum of twelve uniform numbers is nearly normal.
        let sum: f32 = (0..12)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f32 / 16_777_216.0
            })
            .sum();
        sum - 6.0
    };
    let mut around = |centre: &[f32], spread: f32| -> Vec<f32> {
        unit(
            &centre
                .iter()
                .map(|number| number + spread * random())
                .collect::<Vec<_>>(),
        )
    };
    let lean = around(&vec![0.0; dimensions], 1.0);
    let centres: Vec<Vec<f32>> = (0..=rows / 60).map(|_| around(&lean, 0.12)).collect();
    (0..rows)
        .map(|row| around(&centres[(row / 12 * 7) % centres.len()], 0.07))
        .collect()
}

/// A first pass, then the same cosines: of ten that an exact scan finds at most three in a hundred are lost, whether all are
/// searched or a part, also of what came and went after the codes were made.
#[test]
fn a_first_pass_loses_next_to_nothing() {
    let (rows, dimensions) = (6_000, 128);
    let vectors = clustered(rows + 50, dimensions);
    let (vectors, questions) = vectors.split_at(rows);
    let owners = ["a", "b", "c"];
    let mut exact = Arena::new(usize::MAX);
    let mut fast = Arena::new(1_000);
    for arena in [&mut exact, &mut fast] {
        arena.candidates = 200;
        for (number, vector) in vectors.iter().enumerate() {
            let series = Some((["s", "t"][number / 40 % 2], number as i64));
            arena.add(&row(number as i64, owners[number % 3], series, vector));
            if number == rows - 600 {
                arena.settle();
                while arena.code() {}
                arena.forget(&(0..rows as i64).step_by(9).collect::<Vec<_>>());
            }
        }
        arena.settle();
        while arena.code() {}
    }
    assert!(exact.first.is_none());
    assert_eq!(fast.first.as_ref().unwrap().len(), rows);
    assert_eq!(exact.len(), fast.len());
    let c = owner_of("c");
    for part in [false, true] {
        let (mut found, mut wanted) = (0, 0);
        for question in questions {
            let by = |arena: &Arena| nearest(arena, question, 10, |_, owner| !part || owner == c);
            let (best, fast) = (by(&exact), by(&fast));
            assert!(
                fast.iter()
                    .all(|near| !part || owners[near.number as usize % 3] == "c")
            );
            wanted += best.len();
            found += best.iter().filter(|near| fast.contains(near)).count();
        }
        assert!(wanted >= 500 && found * 100 >= wanted * 97, "{found} of {wanted}");
    }
}

/// As long as rows have no code, all are compared.
#[test]
fn what_has_no_code_yet_is_found_all_the_same() {
    let mut arena = Arena::new(2);
    for number in 0..5_i64 {
        arena.add(&row(number, "a", None, &unit(&[1.0, number as f32])));
    }
    arena.settle();
    assert!(!arena.code());
    arena.add(&row(9, "a", None, &[0.0, 1.0]));
    arena.settle();
    assert_eq!(nearest(&arena, &[0.0, 1.0], 1, |_, _| true)[0].number, 9);
    assert!(!arena.code());
    assert_eq!(arena.first.as_ref().unwrap().len(), 6);
    assert_eq!(nearest(&arena, &[0.0, 1.0], 1, |_, _| true)[0].number, 9);
}

/// An arena of clusters with series, of which some came, some went, and most have codes.
fn lived_in(rows: usize) -> Arena {
    let mut arena = Arena::new(rows / 2);
    arena.candidates = rows / 10;
    for (number, vector) in clustered(rows, 70).iter().enumerate() {
        let series = (number % 5 > 0).then_some(("s", number as i64));
        arena.add(&row(number as i64, ["a", "b"][number % 2], series, vector));
    }
    arena.settle();
    while arena.code() {}
    arena.forget(&(0..rows as i64).step_by(7).collect::<Vec<_>>());
    arena.seen = (12, rows as i64);
    arena
}

fn written(arena: &Arena) -> Vec<u8> {
    let snapshot = Snapshot::of(arena);
    let mut file = Vec::new();
    let codes = |from: usize| arena.codes_of(from..snapshot.rows().min(from + 33));
    snapshot.write(&mut file, ("a/model", "ws_1"), codes).unwrap();
    file
}

/// Reads a file of [`lived_in`] with so many rows.
fn read(file: &[u8], names: (&str, &str), rows: usize) -> std::io::Result<Arena> {
    Arena::read(file, file.len() as u64, names, rows / 2)
}

#[test]
fn what_is_written_is_read_again_and_goes_on_as_before() {
    for rows in [1, 90, 400] {
        let mut before = lived_in(rows);
        let mut after = read(&written(&before), ("a/model", "ws_1"), rows).unwrap();
        after.candidates = before.candidates;
        assert_eq!(
            (after.len(), after.rows(), after.gone()),
            (before.len(), before.rows(), before.gone())
        );
        assert_eq!((after.seen, after.sample(9)), (before.seen, before.sample(9)));
        let more = clustered(rows + 20, 70);
        for arena in [&mut before, &mut after] {
            for (number, vector) in more.iter().enumerate().skip(rows) {
                arena.add(&row(number as i64, "a", Some(("s", number as i64)), vector));
            }
            arena.settle();
            while arena.code() {}
            arena.forget(&[3, rows as i64 + 2]);
        }
        for question in more.iter().step_by(rows.div_ceil(8)) {
            let by = |arena: &Arena| nearest(arena, question, 12, |_, owner| owner == owner_of("a"));
            assert_eq!(by(&before), by(&after));
        }
        assert!(before.has(rows as i64, &more[rows]) && after.has(rows as i64, &more[rows]));
        assert!(!after.has(rows as i64, &more[rows + 1]));
    }
}

#[test]
fn what_is_damaged_or_of_somebody_else_is_not_read() {
    let file = written(&lived_in(60));
    assert!(read(&file, ("a/model", "ws_1"), 60).is_ok());
    assert!(read(&file, ("a/other", "ws_1"), 60).is_err());
    assert!(read(&file, ("a/model", "ws_2"), 60).is_err());
    for length in 0..file.len() {
        assert!(
            read(&file[..length], ("a/model", "ws_1"), 60).is_err(),
            "{length}"
        );
    }
    for at in (0..file.len()).step_by(3) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x10;
        assert!(read(&damaged, ("a/model", "ws_1"), 60).is_err(), "{at}");
    }
}
