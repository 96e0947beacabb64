// What Go says at each of these URLs: a line each, "URL<tab>ok" or "URL<tab>words".
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	for _, url := range os.Args[1:] {
		words := "ok"
		if response, err := http.Get(url); err != nil {
			words = err.Error()
		} else {
			response.Body.Close()
		}
		fmt.Printf("%s\t%s\n", url, words)
	}
}
