/// The one version number, semantic (semver.org).
package let version = "0.1.0"
