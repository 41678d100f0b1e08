package lic

// Answers the questions of vectors.mjs, a line each.

import (
	"bufio"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMain(*testing.M) {
	lines, answers := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		fmt.Fprintln(answers, answer(strings.Split(lines.Text(), "\t")))
	}
	answers.Flush()
}

func answer(question []string) (text string) {
	defer func() {
		if code := recover(); code != nil {
			text = fmt.Sprint(code)
		}
	}()
	bytes := func(place int) []byte {
		data, _ := hex.DecodeString(question[place])
		return data
	}
	switch question[0] {
	case "item":
		need(item(string(bytes(1)), &[]string{}, "") == "")
	case "key":
		return "ok " + kidOf(string(bytes(1)))
	case "signature":
		kidOf(string(bytes(1)))
		need(ed25519.Verify(bytes(1), bytes(2), bytes(3)), "BAD_SIGNATURE")
	case "license":
		now, _ := strconv.ParseInt(question[4], 10, 64)
		roots := strings.ReplaceAll(question[2], "|", "\n")
		line, err := Verify(bytes(1), roots, question[3], now, question[5] == "true")
		if err != nil {
			return err.Error()
		}
		return strings.Join([]string{"ok", line["state"], line["0"], line["1"]}, " ")
	}
	return "ok"
}
