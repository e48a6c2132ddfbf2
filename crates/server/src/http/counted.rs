//! A streamed body that is counted: it is open as long as it lives, and says in the end how many bytes went through.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Body as _, Frame, SizeHint};

use crate::App;
use crate::performance::RouteIndex;

struct Counted {
    body: Body,
    app: App,
    route: RouteIndex,
    bytes: u64,
}

/// Counts the body of this response, if it is a stream.
pub fn count(response: Response, app: &App, route: RouteIndex) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    app.performance.stream_begins();
    response.map(|body| {
        Body::new(Counted {
            body,
            app: app.clone(),
            route,
            bytes: 0,
        })
    })
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.app.performance.stream_ended(self.route, self.bytes);
    }
}
