# Counts the words of a text: runs of letters, in lower case. The twin of org.example.tally.
{
    line = tolower($0)
    gsub(/[^a-z]+/, " ", line)
    n = split(line, words, " ")
    for (i = 1; i <= n; i++) counts[words[i]]++
}
END { for (word in counts) print word, counts[word] }
