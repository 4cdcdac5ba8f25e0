package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"os"
	"path/filepath"

	"keepsake/internal/show/stage"
)

// fields are the twelve columns of the file.
var fields = []string{"email", "first_name", "last_name", "lang", "zone", "attributes.city", "attributes.size", "attributes.phone", "attributes.points",
	"attributes.birthday", "attributes.company", "attributes.note"}

// peopleFile writes n people in no order of their addresses, some in quotation marks, in Cyrillic, or with cells that are empty.
func peopleFile(w *stage.Workshop, n int) (string, error) {
	folder, err := w.Folder("files")
	if err != nil {
		return "", err
	}
	f, err := os.Create(filepath.Join(folder, "people.csv"))
	if err != nil {
		return "", err
	}
	defer f.Close()
	r := rand.New(rand.NewPCG(1, 2))
	out := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(out, "Email,First name,Last name,Language,Time zone,City,Size,Phone,Points,Birthday,Company,Note")
	first := []string{"Ana", "Мария", "Иван", "George", "Елена", "Noah", "Виктория"}
	last := []string{"Петрова", "O'Hara", "Smith", "Иванов", `"Smith, Jr."`}
	city := []string{"Sofia", "Варна", "Пловдив", "London", ""}
	note := []string{"", `"likes, tea"`, `"says ""hello"""`, "=1+1", "\"two\nlines\""}
	for i := range n {
		fmt.Fprintf(out, "%x.%d@mail%d.example.com,%s,%s,%s,Europe/Sofia,%s,%d,+35988%07d,%d,19%02d-%02d-%02d,Tea Ltd %d,%s\n", r.Uint32(), i, r.IntN(9), first[r.IntN(len(first))], last[r.IntN(len(last))],
			[]string{"bg", "en", "ru"}[r.IntN(3)], city[r.IntN(len(city))], 34+r.IntN(14), r.IntN(10_000_000), r.IntN(3000), 40+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28), r.IntN(5000), note[r.IntN(len(note))])
	}
	return f.Name(), out.Flush()
}

// upload is a file as a form of the API sends it, streamed.
func upload(path string, values map[string]string) (io.Reader, string) {
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		err := func() error {
			for name, value := range values {
				if err := form.WriteField(name, value); err != nil {
					return err
				}
			}
			part, err := form.CreateFormFile("file", filepath.Base(path))
			if err != nil {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			if _, err := io.Copy(part, f); err != nil {
				return err
			}
			return form.Close()
		}()
		write.CloseWithError(err)
	}()
	return read, form.FormDataContentType()
}

// differences counts the lines in which two files differ.
func differences(a, b string) (n int, err error) {
	x, err := os.Open(a)
	if err != nil {
		return 0, err
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return 0, err
	}
	defer y.Close()
	for p, q := bufio.NewReaderSize(x, 1<<20), bufio.NewReaderSize(y, 1<<20); ; {
		one, errA := p.ReadBytes('\n')
		two, errB := q.ReadBytes('\n')
		if !bytes.Equal(one, two) {
			n++
		}
		if errA != nil && errB != nil {
			return n, nil
		}
	}
}
