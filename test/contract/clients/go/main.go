// Reranks with a module of Weaviate, as Weaviate calls it. Arguments: module, server, key; on stdin a query and documents as
// JSON. Writes [index, score] for each document in the order in which the module has them, or ends with what it returned.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"time"
	"unsafe"

	"github.com/sirupsen/logrus"
	"github.com/weaviate/weaviate/entities/moduletools"
	cohere "github.com/weaviate/weaviate/modules/reranker-cohere/clients"
	contextualai "github.com/weaviate/weaviate/modules/reranker-contextualai/clients"
	jinaai "github.com/weaviate/weaviate/modules/reranker-jinaai/clients"
	nvidia "github.com/weaviate/weaviate/modules/reranker-nvidia/clients"
	transformers "github.com/weaviate/weaviate/modules/reranker-transformers/clients"
	voyageai "github.com/weaviate/weaviate/modules/reranker-voyageai/clients"
	"github.com/weaviate/weaviate/usecases/modulecomponents/ent"
)

const timeout = 30 * time.Second

type ranker interface {
	Rank(ctx context.Context, query string, documents []string, cfg moduletools.ClassConfig) (*ent.RankResult, error)
}

type asked struct {
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
}

func main() {
	module, url, key := os.Args[1], os.Args[2], os.Args[3]
	var question asked
	fail(json.NewDecoder(os.Stdin).Decode(&question))
	logger := logrus.New()
	ctx := context.Background()
	var client ranker
	switch module {
	case "cohere":
		client = cohere.New(key, timeout, logger)
		ctx = context.WithValue(ctx, "X-Cohere-Baseurl", []string{url})
	case "nvidia":
		client = nvidia.New(key, timeout, logger)
		ctx = context.WithValue(ctx, "X-Nvidia-Baseurl", []string{url})
	case "transformers":
		local := transformers.New(url, timeout, logger)
		fail(local.WaitForStartup(ctx, time.Second))
		_, err := local.MetaInfo()
		fail(err)
		client = local
	case "jinaai":
		client = withHost(jinaai.New(key, timeout, logger), url)
	case "voyageai":
		client = withHost(voyageai.New(key, timeout, logger), url+"/v1")
	case "contextualai":
		client = withHost(contextualai.New(key, timeout, logger), url)
	}
	result, err := client.Rank(ctx, question.Query, question.Documents, nil)
	fail(err)
	ranked := make([][2]any, len(result.DocumentScores))
	for i, found := range result.DocumentScores {
		ranked[i] = [2]any{slices.Index(question.Documents, found.Document), found.Score}
	}
	fail(json.NewEncoder(os.Stdout).Encode(ranked))
}

// The address of these services is a field that nothing sets: where they are moved to is a matter of DNS or a proxy.
func withHost[Client ranker](client Client, url string) Client {
	host := reflect.ValueOf(client).Elem().FieldByName("host")
	*(*string)(unsafe.Pointer(host.UnsafeAddr())) = url
	return client
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
