# Renders the little of Markdown that the pages use: headings, paragraphs, lists, fenced blocks, code in backquotes.
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
function inline(text,   parts, n, i, out) {
    n = split(escaped(text), parts, "`")
    for (i = 1; i <= n; i++) out = out (i % 2 ? parts[i] : "<code>" parts[i] "</code>")
    return out
}
function leave() { if (block != "") print "</" block ">"; block = "" }
function enter(name) { if (block != name) { leave(); print "<" name ">"; block = name } }
BEGIN { print "<!doctype html>\n<meta charset=\"utf-8\">" }
/^```/ { if (fenced) { print "</pre>"; fenced = 0 } else { leave(); print "<pre>"; fenced = 1 } next }
fenced { print escaped($0); next }
/^#+ / {
    leave()
    level = index($0, " ") - 1
    printf "<h%d>%s</h%d>\n", level, inline(substr($0, level + 2)), level
    next
}
/^- / { enter("ul"); print "<li>" inline(substr($0, 3)) "</li>"; next }
/^$/ { leave(); next }
{ enter("p"); print inline($0) }
END { leave(); if (fenced) { print "unclosed fence" > "/dev/stderr"; exit 1 } }
