# Rules for every source: no tab, no blank at the end of a line, at most 120 characters, a first line that says what the
# file is, a newline at the end. Prints file:line: rule; ends with 1 if there was any.
function complain(rule) { printf "%s:%d: %s\n", FILENAME, FNR, rule; faults++ }
FNR == 1 { files++ }
/\t/ { complain("tab") }
/[ ]$/ { complain("blank at the end of the line") }
length($0) > 120 { complain("longer than 120 characters") }
FILENAME ~ /\.java$/ && FNR == 1 && !/^package / { complain("does not begin with its package") }
FILENAME ~ /\.awk$/ && FNR == 1 && !/^# / { complain("does not begin with a comment") }
END { printf "%d files, %d lines, %d faults\n", files, NR, faults; exit faults > 0 }
