//! A comparison as a file for people: Markdown, a page of HTML that needs nothing else, or a PDF.
//!
//! Invariant: nothing that was written by people or models stands in the page as markup.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::App;
use crate::compare::store::{self, VoteAt};
use crate::compare::vote::{Verdict, Vote};
use crate::conversations::{Conversation, ExportFormat, Message, MessageRole};
use crate::http::problem::Problem;
use crate::print::{Part, Print};

/// The file of a comparison, from its messages in the order they came.
pub async fn exported(
    app: &App,
    conversation: &Conversation,
    messages: &[Message],
    format: ExportFormat,
) -> Result<String, Problem> {
    let votes = votes(app, conversation).await?;
    let written = Written {
        conversation,
        messages,
        votes: &votes,
    };
    Ok(match format {
        ExportFormat::Html => written.html(),
        ExportFormat::Markdown | ExportFormat::Json | ExportFormat::Pdf => written.markdown(),
    })
}

/// The parts of a comparison that go on pages, from its messages in the order they came.
pub async fn print(
    app: &App,
    conversation: &Conversation,
    messages: &[Message],
    print: &mut Print,
) -> Result<(), Problem> {
    let votes = votes(app, conversation).await?;
    let written = Written {
        conversation,
        messages,
        votes: &votes,
    };
    written.print(print)
}

/// The votes of everybody, by question.
async fn votes(app: &App, conversation: &Conversation) -> Result<HashMap<String, Vec<Vote>>, Problem> {
    let mut votes: HashMap<String, Vec<Vote>> = HashMap::new();
    for VoteAt(id, vote) in store::list_all_votes(&app.db, &conversation.id).await? {
        votes.entry(id).or_default().push(vote);
    }
    Ok(votes)
}

/// What a comparison is written from.
struct Written<'a> {
    conversation: &'a Conversation,
    messages: &'a [Message],
    /// The votes of everybody, by question.
    votes: &'a HashMap<String, Vec<Vote>>,
}

/// A question with its answers, by lane and then by age.
struct Turn<'a> {
    question: &'a Message,
    answers: Vec<&'a Message>,
}

impl<'a> Written<'a> {
    fn turns(&self) -> Vec<Turn<'a>> {
        let questions = self
            .messages
            .iter()
            .filter(|message| message.role != MessageRole::Assistant);
        questions
            .map(|question| {
                let mut answers: Vec<&Message> = self
                    .messages
                    .iter()
                    .filter(|message| {
                        message.role == MessageRole::Assistant && message.parent_id == question.id
                    })
                    .collect();
                answers.sort_by_key(|answer| (answer.lane, answer.id.as_str()));
                Turn { question, answers }
            })
            .collect()
    }

    fn title(&self) -> &'a str {
        match self.conversation.title.as_str() {
            "" => "Comparison",
            title => title,
        }
    }

    /// What the lane of an answer is called.
    fn name(&self, answer: &Message) -> String {
        let number = answer.lane.unwrap_or_default();
        let shown = self.conversation.shown_lanes();
        let lane = shown.iter().find(|lane| lane.lane == number);
        let model = lane.and_then(|lane| lane.model.clone());
        match (lane.and_then(|lane| lane.label.clone()), model) {
            (Some(label), Some(model)) => format!("{label} ({model})"),
            (None, Some(model)) => model,
            _ => format!("Answer {}", number + 1),
        }
    }

    fn verdict(&self, vote: &Vote, answers: &[&Message]) -> String {
        let names: Vec<String> = vote
            .lanes
            .iter()
            .filter_map(|lane| answers.iter().find(|answer| answer.lane == Some(*lane)))
            .map(|answer| self.name(answer))
            .collect();
        let mut text = match vote.verdict {
            Verdict::Best => format!("Best: {}", names.join(", ")),
            Verdict::Tie => format!("Tied: {}", names.join(", ")),
            Verdict::AllBad => "All bad".to_owned(),
        };
        if let Some(reason) = &vote.reason {
            // Writing to a String does not fail.
            let _ = write!(text, ". {reason}");
        }
        text
    }

    fn votes_on(&self, question: &Message) -> &'a [Vote] {
        self.votes.get(&question.id).map_or(&[], Vec::as_slice)
    }

    /// As Markdown.
    fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n_{}_\n\n", self.title(), self.conversation.created_at);
        for turn in self.turns() {
            // Writing to a String does not fail.
            let _ = write!(text, "## You\n\n{}\n\n", turn.question.content);
            for answer in &turn.answers {
                let _ = write!(text, "### {}\n\n", self.name(answer));
                if !answer.content.is_empty() {
                    let _ = write!(text, "{}\n\n", answer.content);
                }
                let _ = write!(text, "{}\n\n", quoted(&facts(answer)));
            }
            for vote in self.votes_on(turn.question) {
                let _ = write!(text, "{}\n\n", quoted(&self.verdict(vote, &turn.answers)));
            }
        }
        text
    }

    /// Onto pages.
    fn print(&self, print: &mut Print) -> Result<(), Problem> {
        for turn in self.turns() {
            print.add(Part::Heading(1, "You".to_owned()))?;
            print.add(Part::Question(turn.question.content.clone()))?;
            for answer in &turn.answers {
                print.add(Part::Heading(2, self.name(answer)))?;
                print.add(Part::Markdown(answer.content.clone()))?;
                print.add(Part::Note(facts(answer)))?;
            }
            for vote in self.votes_on(turn.question) {
                print.add(Part::Note(self.verdict(vote, &turn.answers)))?;
            }
        }
        Ok(())
    }

    /// As a page.
    fn html(&self) -> String {
        let title = escaped(self.title());
        let mut page = format!(
            "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1><p class=\"facts\">{}</p>\n",
            self.conversation.created_at
        );
        for turn in self.turns() {
            // Writing to a String does not fail.
            let _ = writeln!(
                page,
                "<section><pre class=\"question\">{}</pre><div class=\"lanes\">",
                escaped(&turn.question.content)
            );
            for answer in &turn.answers {
                let _ = writeln!(
                    page,
                    "<article><h2>{}</h2><pre>{}</pre><p class=\"facts\">{}</p></article>",
                    escaped(&self.name(answer)),
                    escaped(&answer.content),
                    escaped(&facts(answer))
                );
            }
            page.push_str("</div>");
            for vote in self.votes_on(turn.question) {
                let told = self.verdict(vote, &turn.answers);
                let _ = write!(page, "<p class=\"vote\">{}</p>", escaped(&told));
            }
            page.push_str("</section>\n");
        }
        page.push_str("</body></html>\n");
        page
    }
}

/// How such a page looks.
pub const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1b1f;background:#fff}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}h2{font-size:1rem;margin:0 0 .5rem}\
.question{background:#f1f1f5;border-radius:8px;padding:1rem;margin:1.5rem 0 1rem}\
.lanes{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:1rem}\
article{border:1px solid #d6d6de;border-radius:8px;padding:1rem}.facts{color:#5c5c66;font-size:.875rem}\
.vote{font-weight:600}@media print{article{break-inside:avoid}}";

/// Tokens, times and what went wrong, in one line.
fn facts(answer: &Message) -> String {
    let mut facts = Vec::new();
    if answer.completion_tokens > 0 {
        facts.push(format!("{} tokens", answer.completion_tokens));
    }
    if let Some(first) = answer.first_token_ms {
        facts.push(format!("first token after {first} ms"));
    }
    if let Some(whole) = answer.latency_ms {
        facts.push(format!("{whole} ms in all"));
    }
    if answer.cost_micros > 0 {
        facts.push(format!("cost {:.6}", answer.cost_micros as f64 / 1e6));
    }
    if let Some(error) = &answer.error {
        let detail = error["detail"].as_str().unwrap_or("This answer failed.");
        facts.push(detail.to_owned());
    }
    facts.join(" · ")
}

/// Lines of Markdown as a quotation.
pub fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// A text without markup.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}
