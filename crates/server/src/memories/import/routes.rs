//! `/api/workspaces/{workspace}/memories/import`.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use futures_util::TryStreamExt as _;
use http::header;

use crate::App;
use crate::http::auth::Editor;
use crate::http::json;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::Accepted;
use crate::http::route::{Access, Routes, post};
use crate::memories::import::{self, ImportPage, Importing, Taken};
use crate::workspaces::{Role, Workspace};

/// The largest body that names a page.
const ADDRESS_BYTES_MAX: usize = 64 << 10;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        post("/api/workspaces/{workspace}/memories/import", begin)
            .id("import_memories")
            .access(Access::Workspace(Role::Member))
            // Who and where; of each file what says where it is, and what keeps it; the run.
            .statements(200)
            .rows(1_000)
            .unhurried()
            .body_limit(usize::MAX)
            .body::<ImportPage>()
            .accepted::<Importing>()
            .about("Makes memories of files (multipart/form-data) or of a page of the web: of each row, item or section one"),
    )
}

async fn begin(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<Workspace>,
    request: Request,
) -> Result<Accepted<Importing>, Problem> {
    let said = request.headers().get(header::CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let is_form = said.to_ascii_lowercase().starts_with("multipart/form-data");
    let begun = if is_form {
        let form = Multipart::from_request(request, &app)
            .await
            .map_err(|rejection| {
                let detail = "Send the files as multipart/form-data.";
                Problem::new(ErrorCode::UnsupportedMediaType, detail).with_source(rejection)
            })?;
        files(&app, &row.id, caller.id(), form).await
    } else if json::is_json(said) {
        // A form has no limit as a whole, an address needs little.
        let body = axum::body::to_bytes(request.into_body(), ADDRESS_BYTES_MAX).await;
        let body = body.map_err(|error| {
            let detail =
                format!("The body is larger than an address needs: {ADDRESS_BYTES_MAX} bytes at most.");
            Problem::new(ErrorCode::TooLarge, detail).with_source(error)
        })?;
        import::begin_page(&app, &row.id, caller.id(), json::parse(&body)?).await
    } else {
        let detail =
            "Send files as multipart/form-data, or the address of a page as JSON: {\"url\": \"https://…\"}.";
        Err(Problem::new(ErrorCode::UnsupportedMediaType, detail))
    };
    begun.map(Accepted)
}

/// Takes all files of a form and begins their import; when one of them breaks off, nothing is left of the others.
async fn files(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    mut form: Multipart,
) -> Result<Importing, Problem> {
    let mut taken = Taken::default();
    match take(app, (workspace_id, user_id), &mut form, &mut taken).await {
        Ok(()) => import::begin_files(app, workspace_id, user_id, taken).await,
        Err(problem) => {
            taken.forget(app).await;
            Err(problem)
        }
    }
}

async fn take(
    app: &App,
    whose: (&str, &str),
    form: &mut Multipart,
    taken: &mut Taken,
) -> Result<(), Problem> {
    let broke_off = |error: MultipartError| {
        let detail = "The import is no multipart/form-data, or broke off.";
        Problem::new(ErrorCode::Malformed, detail).with_source(error)
    };
    while let Some(field) = form.next_field().await.map_err(broke_off)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let media_type = field.content_type().unwrap_or_default().to_owned();
        let content = field.map_err(std::io::Error::other);
        taken.take(app, whose, (&name, &media_type), content).await?;
    }
    Ok(())
}
