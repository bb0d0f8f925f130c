package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

func main() {
	size, _ := strconv.Atoi(os.Args[2])
	var body io.Reader = bytes.NewReader(bytes.Repeat([]byte("["), size))
	if os.Args[3] == "chunked" {
		body = io.MultiReader(body) // Of a length that is not known.
	}
	answer, err := http.Post(os.Args[1], "application/json", body)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var shown struct {
		Error struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	_ = json.NewDecoder(answer.Body).Decode(&shown)
	fmt.Println(answer.StatusCode, shown.Error.Type)
}
