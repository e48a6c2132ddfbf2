//! A form with a file in it (multipart/form-data), whose file is passed on as it comes.

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::Upload;

/// What a form is sent as.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: reqwest::Body,
}

impl Form {
    /// Texts by their names, then the file as `file`.
    pub(super) fn new(texts: &[(&str, &str)], file: Upload) -> Self {
        // Random and long, so that it stands in no file.
        let boundary = format!("{:032x}", rand::random::<u128>());
        let mut head = Vec::new();
        for (name, text) in texts {
            let disposition = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
            head.push(format!("--{boundary}\r\n{disposition}\r\n\r\n{text}\r\n"));
        }
        let name = quoted(&file.name);
        let media_type: String = file.media_type.chars().filter(|c| !c.is_control()).collect();
        head.push(format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        ));
        let tail = format!("\r\n--{boundary}--\r\n");
        let once = |text: String| stream::iter([Ok(Bytes::from(text))]);
        let body = once(head.concat()).chain(file.body).chain(once(tail));
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            body: reqwest::Body::wrap_stream(body),
        }
    }
}

/// A name within quotation marks, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
