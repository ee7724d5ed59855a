//! Text in HTML.

/// Text in which nothing is taken for HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            char => escaped.push(char),
        }
    }
    escaped
}

/// The same, with what stands between backticks as code.
pub(super) fn inline(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (place, part) in text.split('`').enumerate() {
        let part = escape(part);
        if place % 2 == 0 {
            html += &part;
        } else {
            html += &format!("<code>{part}</code>");
        }
    }
    html
}

/// The same, in paragraphs.
pub(super) fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").filter(|text| !text.is_empty());
    paragraphs
        .map(|paragraph| format!("<p>{}</p>", inline(paragraph)))
        .collect()
}
