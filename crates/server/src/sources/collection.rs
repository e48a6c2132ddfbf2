//! What a conversation may draw on.

use schemars::JsonSchema;
use search::Only;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::App;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::sources::store;

/// The most files that are named one by one.
const FILES_MAX: usize = 200;

/// What a conversation, or one question, may draw on; together, when several are given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// Everything of the workspace: memories, files, messages, commands.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everything: bool,
    /// All memories.
    #[serde(default, skip_serializing_if = "is_false")]
    pub memories: bool,
    /// A folder, by id, with what lies below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Some files, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Collection {
    /// As it is stored.
    pub fn to_stored(&self) -> Value {
        // A struct of plain fields serialises.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// As it was stored; none when there was none.
    pub fn from_stored(stored: Option<Value>) -> Option<Self> {
        stored.and_then(|stored| serde_json::from_value(stored).ok())
    }

    /// This, if it names something, and only files and folders that are in the workspace.
    pub async fn checked(self, app: &App, workspace_id: &str) -> Result<Self, Problem> {
        let mut check = Check::new();
        if self == Self::default() {
            check.fail(
                "collection",
                "names nothing; give `everything`, `memories`, `folder` or `files`, or null to draw on nothing",
            );
        }
        if self.files.len() > FILES_MAX {
            check.fail(
                "files",
                format!("are at most {FILES_MAX}; put them into a folder and name that"),
            );
        }
        check.done()?;
        let named: Vec<String> = self.folder.iter().chain(&self.files).cloned().collect();
        if named.is_empty() {
            return Ok(self);
        }
        let known = store::kinds(&app.db, workspace_id, named).await?;
        let is = |id: &str, kind: &str| known.iter().any(|(known, of)| known == id && of == kind);
        let mut check = Check::new();
        if let Some(folder) = self.folder.as_deref().filter(|id| !is(id, "folder")) {
            check.fail("folder", format!("`{folder}` is no folder of this workspace"));
        }
        if let Some(file) = self.files.iter().find(|id| !is(id, "file")) {
            check.fail("files", format!("`{file}` is no file of this workspace"));
        }
        check.done()?;
        Ok(self)
    }

    /// What a search looks at for this; a folder that is gone holds nothing.
    pub(super) async fn scope(&self, app: &App, workspace_id: &str) -> sql::Result<Only> {
        use search::Kind;
        if self.everything {
            return Ok(Only {
                kinds: Kind::ALL.to_vec(),
                owners: Vec::new(),
            });
        }
        let mut owners = self.files.clone();
        if let Some(folder) = &self.folder {
            owners.extend(store::files_below(&app.db, workspace_id, folder).await?);
        }
        let kinds = if self.memories {
            vec![Kind::Memory]
        } else {
            Vec::new()
        };
        Ok(Only { kinds, owners })
    }

    /// In the words that a model is told.
    pub(super) fn described(&self) -> &'static str {
        let files = self.folder.is_some() || !self.files.is_empty();
        match (self.everything, self.memories, files) {
            (true, ..) => "everything that this workspace keeps",
            (_, true, true) => "the memories and chosen files of this workspace",
            (_, true, false) => "the memories of this workspace",
            _ => "chosen files of this workspace",
        }
    }
}
