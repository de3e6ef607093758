// Command module_zip writes a folder as a module zip, the form in which Go's module proxies serve a version:
//
//	go run ./module_zip FOLDER MODULE VERSION FILE
//
// It refuses folders that the go command would refuse.
package main

import (
	"fmt"
	"os"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: module_zip FOLDER MODULE VERSION FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], module.Version{Path: os.Args[2], Version: os.Args[3]}, os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string, version module.Version, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	return zip.CreateFromDir(file, version, folder)
}
