//! Fonts of the system, for what those of this crate lack, such as Chinese or Arabic: looked for once, read when needed.
//!
//! Invariant: a folder or a file that cannot be read is passed over. What is read stays in memory, up to a limit.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs};

use ttf_parser::Face;

/// Where systems keep their fonts; below the user's folder, where there is one, `.local/share/fonts` and `.fonts`.
const FOLDERS: [&str; 6] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:\\Windows\\Fonts",
    "/run/current-system/sw/share/X11/fonts",
];
const DEPTH_MAX: usize = 6;
const FILES_MAX: usize = 2_000;
const FILE_BYTES_MAX: u64 = 40 << 20;
/// What is kept of fonts of the system, for all documents.
const KEPT_BYTES_MAX: u64 = 128 << 20;

struct Found {
    path: PathBuf,
    index: u32,
    size_bytes: u64,
    /// The characters it has, as ranges in order.
    ranges: Vec<(u32, u32)>,
    data: OnceLock<Option<Vec<u8>>>,
}

static KEPT_BYTES: AtomicU64 = AtomicU64::new(0);

/// The font of the system that has this character, a number for [`load`].
pub fn find(c: char) -> Option<usize> {
    let code = u32::from(c);
    all().iter().position(|font| {
        let after = font.ranges.partition_point(|(first, _)| *first <= code);
        after > 0 && font.ranges[after - 1].1 >= code
    })
}

/// The file of a font that was found, and its number there.
pub fn load(at: usize) -> Option<(&'static [u8], u32)> {
    let font = all().get(at)?;
    let data = font.data.get_or_init(|| {
        if KEPT_BYTES.fetch_add(font.size_bytes, Ordering::Relaxed) + font.size_bytes > KEPT_BYTES_MAX {
            KEPT_BYTES.fetch_sub(font.size_bytes, Ordering::Relaxed);
            return None;
        }
        fs::read(&font.path).ok()
    });
    Some((data.as_deref()?, font.index))
}

fn all() -> &'static [Found] {
    static ALL: OnceLock<Vec<Found>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut files = Vec::new();
        for folder in FOLDERS {
            collect(Path::new(folder), DEPTH_MAX, &mut files);
        }
        if let Some(home) = env::home_dir() {
            collect(&home.join(".local/share/fonts"), DEPTH_MAX, &mut files);
            collect(&home.join(".fonts"), DEPTH_MAX, &mut files);
        }
        files.iter().flat_map(|path| fonts_in(path)).collect()
    })
}

/// The files of fonts below a folder, in order of their names, so that the same system always chooses the same.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if files.len() >= FILES_MAX {
            return;
        }
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        if ["ttf", "otf", "ttc", "otc"]
            .iter()
            .any(|font| ending.eq_ignore_ascii_case(font))
        {
            files.push(path);
        } else if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, files);
        }
    }
}

fn fonts_in(path: &Path) -> Vec<Found> {
    let size_bytes = fs::metadata(path).map_or(u64::MAX, |file| file.len());
    if size_bytes > FILE_BYTES_MAX {
        return Vec::new();
    }
    let Ok(data) = fs::read(path) else {
        return Vec::new();
    };
    let count = ttf_parser::fonts_in_collection(&data).unwrap_or(1);
    (0..count)
        .filter_map(|index| {
            let face = Face::parse(&data, index).ok()?;
            fits(&face).then(|| Found {
                path: path.to_owned(),
                index,
                size_bytes,
                ranges: ranges(&face),
                data: OnceLock::new(),
            })
        })
        .collect()
}

/// Whether a font is upright, of usual weight, may be embedded, and has outlines that can be.
fn fits(face: &Face<'_>) -> bool {
    let outlines = face.tables().glyf.is_some() || face.tables().cff.is_some();
    let plain = !face.is_bold() && !face.is_italic() && !face.is_oblique();
    outlines && plain && face.is_outline_embedding_allowed() && face.is_subsetting_allowed()
}

fn ranges(face: &Face<'_>) -> Vec<(u32, u32)> {
    let mut codes = Vec::new();
    for subtable in face.tables().cmap.iter().flat_map(|cmap| cmap.subtables) {
        if subtable.is_unicode() {
            subtable.codepoints(|code| codes.push(code));
        }
    }
    codes.sort_unstable();
    codes.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in codes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn put(folder: &Path, name: &str, packed: &[u8]) {
        let mut font = Vec::new();
        flate2::read::GzDecoder::new(packed)
            .read_to_end(&mut font)
            .expect("gzip");
        fs::write(folder.join(name), font).expect("a file");
    }

    #[test]
    fn upright_fonts_of_usual_weight_are_found_with_their_characters_and_the_rest_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("deep");
        fs::create_dir(&deep).expect("a folder");
        put(&deep, "b.TTF", include_bytes!("../fonts/inter-regular.ttf.gz"));
        put(
            folder.path(),
            "a.ttf",
            include_bytes!("../fonts/inter-italic.ttf.gz"),
        );
        fs::write(folder.path().join("broken.otf"), b"OTTO, but no more").expect("a file");
        fs::write(folder.path().join("read.me"), b"no font").expect("a file");
        let mut files = Vec::new();
        collect(folder.path(), DEPTH_MAX, &mut files);
        assert_eq!(files.len(), 3);
        let fonts: Vec<Found> = files.iter().flat_map(|path| fonts_in(path)).collect();
        assert_eq!(fonts.len(), 1);
        assert!(fonts[0].path.ends_with("deep/b.TTF"));
        let has = |c: char| {
            let code = u32::from(c);
            fonts[0]
                .ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&code))
        };
        assert!(has('a') && has('Ж') && !has('漢'));
    }
}
