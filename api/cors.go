package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ParseOrigins parses origins (https://shop.example) separated by commas. It refuses origins that
// no browser sends, since they would have no effect.
func ParseOrigins(list string) (origins []string, err error) {
	for origin := range strings.SplitSeq(list, ",") {
		origin = strings.ToLower(strings.TrimSpace(origin))
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return nil, fmt.Errorf("%q is no origin; want a scheme and a host, such as https://shop.example", origin)
		}
		if why := neverSent(u); why != "" {
			return nil, fmt.Errorf("%q is an origin that no browser sends: %s", origin, why)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// neverSent explains how an origin differs from what browsers send; "" if it does not.
func neverSent(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case strings.HasSuffix(u.Host, ":") || port != "" && (err != nil || n == 0 || port[0] == '0'):
		return "the port is no number from 1 to 65535"
	case u.Scheme == "http" && n == 80 || u.Scheme == "https" && n == 443:
		return "the port is the scheme's own, which is left out"
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.String() != host || ip.Is6() != strings.HasPrefix(u.Host, "[") {
			return "the address is " + ip.String()
		}
		return ""
	}
	switch {
	case strings.Contains(host, "*"):
		return "there are no wildcards; list each origin"
	case !isHostName(strings.TrimSuffix(host, ".")):
		return "the host name is not one as browsers write it; other alphabets are punycode there (xn--)"
	case strings.Trim(host[strings.LastIndexByte(strings.TrimSuffix(host, "."), '.')+1:], ".0123456789") == "":
		return "the host is neither a name nor an IP address in full"
	}
	return ""
}

// cors lets pages of the listed origins read responses. Keys are sent in headers, never in cookies,
// so credentials are not allowed.
func cors(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(origins, strings.ToLower(origin)) {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Cross-Origin-Resource-Policy", "cross-origin")
			header.Set("Access-Control-Expose-Headers", "Location, Retry-After, ETag, "+
				"Accept-Ranges, Content-Range, X-Request-Id, Reviewlens-Model, "+
				"Reviewlens-Reading, Idempotency-Replayed")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
				header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, "+
					"Idempotency-Key, If-Match, If-None-Match, If-Range, Range, Reviewlens-Run, "+
					"X-Api-Key, X-Request-Id")
				header.Set("Access-Control-Max-Age", "7200")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
