"""What Python says at each of these URLs: a line each, "URL<tab>ok" or "URL<tab>words"."""
import sys
import urllib.error
import urllib.request

for url in sys.argv[1:]:
    try:
        urllib.request.urlopen(url).read()
        words = "ok"
    except urllib.error.URLError as error:
        words = f"{type(error.reason).__module__}.{type(error.reason).__name__}: {error.reason}"
    print(url, words, sep="\t")
