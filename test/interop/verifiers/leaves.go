package lic

// The stages decode and type (FORMAT 18.1): an object as leaves by path, each in a form that fields.txt allows.

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed fields.txt
var table string
var words, forms = map[string]string{}, map[string]*regexp.Regexp{}

func init() {
	for _, line := range strings.Split(table, "\n") {
		if pair := strings.Fields(line); len(pair) == 2 {
			for word, rule := range words {
				pair[1] = strings.ReplaceAll(pair[1], word, "("+rule+")")
			}
			words[pair[0]] = strings.TrimPrefix(words[pair[0]]+"|"+pair[1], "|")
		}
	}
	for word, rule := range words {
		forms[word] = regexp.MustCompile("^(" + rule + ")$")
	}
}

// read gives the leaves of one whole object, whose field 0 says which forms they must have, and which must be there.
func read(data []byte) Leaves {
	leaves := Leaves{}
	need(len(leaves.item(data, "")) == 0, "LICENSE_INVALID")
	form := forms["type"+leaves["/-65537/0"]]
	need(form != nil, "LICENSE_INVALID")
	for path, value := range leaves {
		need(form.MatchString(path+"="+value), "LICENSE_INVALID")
	}
	for _, path := range strings.Split(words["needs"+leaves["/-65537/0"]], "|") {
		need(leaves[path] != "", "LICENSE_INVALID")
	}
	return leaves
}

// any says whether there is a leaf of a form.
func (leaves Leaves) any(form *regexp.Regexp) bool {
	for path, value := range leaves {
		if form.MatchString(path + "=" + value) {
			return true
		}
	}
	return false
}

// below gives all leaves under a path, by what is behind it.
func (leaves Leaves) below(path string) Leaves {
	found := Leaves{}
	for whole, value := range leaves {
		if strings.HasPrefix(whole, path) {
			found[strings.TrimPrefix(whole, path)] = value
		}
	}
	return found
}

// allows says whether a list of a certificate is not there, or has the value.
func (leaves Leaves) allows(list, value string) bool {
	items := leaves.below(list + "/#")
	for _, item := range items {
		if item == value {
			return true
		}
	}
	return len(items) == 0
}

func (leaves Leaves) number(path string, otherwise int64) int64 {
	fmt.Sscan(leaves[path], &otherwise)
	return otherwise
}
