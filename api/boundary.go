package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"reviewlens/api/wire"
)

// A server without authentication trusts everyone who can reach it. On a private machine or
// network, a web page can send requests on behalf of a stranger in two ways, which the server has
// to prevent:
//
//   - DNS rebinding: a page at evil.example, whose name then resolves to 127.0.0.1, has the
//     server's own origin. Hosts refuses every name that is not the server's.
//   - Cross-site request forgery: a browser sends simple requests from any page, and only hides
//     the response. sameOrigin refuses those that change or cost something.

// Hosts is a list of host names that requests may use. IP addresses are always accepted, since DNS
// cannot rebind them, and so is a missing Host, which no browser sends. A nil Hosts accepts any
// name.
type Hosts []string

// ParseHosts parses host names separated by commas, without scheme and port.
func ParseHosts(list string) (hosts Hosts, err error) {
	for name := range strings.SplitSeq(list, ",") {
		name = canonicalHost(strings.TrimSpace(name))
		if _, err := netip.ParseAddr(name); err != nil && !isHostName(name) {
			return nil, fmt.Errorf("%q is no host name; want one without scheme and port, such "+
				"as reviews.example.com", name)
		}
		hosts = append(hosts, name)
	}
	return hosts, nil
}

// isHostName reports whether a name consists of labels as browsers send them: in lower case, and in
// punycode for other alphabets.
func isHostName(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return len(name) <= 253
}

// canonicalHost returns a host in lower case, without brackets and the trailing dot of a full name.
func canonicalHost(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return host
}

// splitHost removes the port from the value of a Host header.
func splitHost(host string) string {
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return host
}

func (h Hosts) contain(host string) bool {
	host = canonicalHost(splitHost(host))
	if h == nil || host == "" || slices.Contains(h, host) {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// requireHost refuses requests for host names that are not in the list.
func requireHost(hosts Hosts, next http.Handler) http.Handler {
	if hosts == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hosts.contain(r.Host) {
			fail(w, r, &wire.Error{Code: wire.UnknownHost, Detail: fmt.Sprintf("The request is "+
				"for the host %s; this server answers as %s and by IP address. If that name is "+
				"its own too, start it with -host NAME.",
				quote(splitHost(r.Host)), strings.Join(hosts, ", "))})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses requests from a page of another origin, unless the origin is in the list or
// the method is safe. Programs other than browsers send neither Sec-Fetch-Site nor Origin, and are
// accepted.
func sameOrigin(origins []string, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err) // ParseOrigins accepts none of these
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(r) != nil {
			fail(w, r, &wire.Error{Code: wire.CrossOrigin, Detail: fmt.Sprintf("A page of %s may "+
				"not send this here. If it should, start the server with -cors and the page's "+
				"origin. If the page is the server's own, a proxy between them has to leave the "+
				"Host header as it is.",
				quote(r.Header.Get("Origin")))})
			return
		}
		next.ServeHTTP(w, r)
	})
}
