// swift-tools-version: 6.2
// Twostep: a second step for Linux logins. Layout and rules: docs/architecture.md.
import PackageDescription

/// What every Swift target is compiled with, whichever way it is built.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-Xcc", "-D_GNU_SOURCE"]),
]

/// The guest's rooms, which the unit tests simulate years in, are optimised in a debug build too, with all of a debug
/// build's checks left in.
let optimised: [SwiftSetting] = [
    .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

/// The rooms that enter the login process are compiled by Embedded Swift when the trait is on,
/// so that the module carries no Swift runtime (docs/adr/0002-embedded-swift.md).
let guestSettings: [SwiftSetting] =
    settings + optimised + [
        .enableExperimentalFeature("Lifetimes"),
        .enableExperimentalFeature("Embedded", .when(traits: ["Embedded"])),
        .unsafeFlags(
            [
                "-wmo", "-Osize", "-Xfrontend", "-function-sections", "-Xfrontend", "-mergeable-traps",
                "-Xllvm", "-force-attribute=swift_retain:noinline",
                "-Xllvm", "-force-attribute=swift_allocObject:noinline",
                "-Xllvm", "-force-attribute=swift_isUniquelyReferenced_nonNull_native:noinline",
                "-Xcc", "-fno-asynchronous-unwind-tables", "-Xcc", "-fno-unwind-tables",
            ], .when(traits: ["Embedded"])),
    ]

let cSettings: [CSetting] = [
    .define("_GNU_SOURCE"),
    .unsafeFlags(["-Wall", "-Wextra", "-Werror"]),
]

let package = Package(
    name: "twostep",
    products: [
        .library(name: "pam_twostep", type: .dynamic, targets: ["pam_twostep"]),
        .executable(name: "twostep", targets: ["twostep"]),
        .executable(name: "twostepd", targets: ["twostepd"]),
    ],
    traits: [
        .trait(name: "Embedded", description: "Build the module in Embedded Swift, without a Swift runtime.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        // C that Swift cannot call as it is (variadics, macros): no logic here.
        .target(name: "CLinux", cSettings: cSettings),
        .target(name: "CPAM", cSettings: cSettings, linkerSettings: [.linkedLibrary("pam")]),
        .target(name: "CPAMApplication", cSettings: cSettings, linkerSettings: [.linkedLibrary("pam")]),
        .target(name: "COpenSSL", cSettings: cSettings, linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCrypt", cSettings: cSettings, linkerSettings: [.linkedLibrary("crypt")]),
        .target(name: "CQREncode", cSettings: cSettings, linkerSettings: [.linkedLibrary("qrencode")]),
        .target(name: "CPNG", cSettings: cSettings, linkerSettings: [.linkedLibrary("png")]),

        // The guest's rooms.
        .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: guestSettings),
        .target(name: "Crypto", dependencies: ["COpenSSL", "CCrypt", "Linux"], swiftSettings: guestSettings),
        .target(name: "TwostepCore", dependencies: ["Crypto"], swiftSettings: guestSettings),
        .target(name: "Vault", dependencies: ["TwostepCore", "Crypto", "Linux"], swiftSettings: guestSettings),
        .target(name: "Wire", dependencies: ["TwostepCore", "Crypto", "Linux"], swiftSettings: guestSettings),
        .target(
            name: "pam_twostep",
            dependencies: ["CPAM", "Linux", "Crypto", "TwostepCore", "Vault", "Wire"],
            exclude: ["exports.map"],
            swiftSettings: guestSettings,
            linkerSettings: [
                // -nostartfiles: nothing runs when the module is loaded or unloaded, so nothing is linked for it.
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xclang-linker", "-nostartfiles", "-Xlinker", "--gc-sections",
                        "-Xlinker", "--icf=all", "-Xlinker", "-z", "-Xlinker", "defs",
                        "-Xlinker", "-z", "-Xlinker", "now", "-Xlinker", "-z", "-Xlinker", "relro",
                        "-Xlinker", "--as-needed", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                        "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/pam_twostep/exports.map",
                    ],
                    .when(traits: ["Embedded"]))
            ]),

        // What other programs' files say, for the tool alone: no file of theirs is read in a login.
        .target(
            name: "Import", dependencies: ["TwostepCore", "Crypto"],
            swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

        // What is told of an event, to whom and how: the log read back, hooks' JSON, mails. Pure, and not in the module.
        .target(
            name: "Notices", dependencies: ["TwostepCore", "Crypto"],
            swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

        // libpam's application side: confirming a password, trying a stack.
        .target(
            name: "PAMApplication", dependencies: ["CPAMApplication", "Crypto", "Linux", "TwostepCore"],
            swiftSettings: settings),

        // What is judged of an installation, and of a change to it; no I/O.
        .target(name: "Doctor", dependencies: ["TwostepCore"], swiftSettings: settings),

        // Commands that root runs in the tool, and owners through the service.
        .target(
            name: "Commands",
            dependencies: [
                "Linux", "Crypto", "TwostepCore", "Vault", "Wire", "Notices",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // QR codes, for whoever shows them.
        .target(
            name: "Drawing", dependencies: ["CQREncode", "Crypto"],
            swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),

        // The tool.
        .executableTarget(
            name: "twostep",
            dependencies: [
                "CPNG", "Drawing", "Commands", "Doctor", "Notices", "PAMApplication", "Linux", "Crypto", "TwostepCore",
                "Vault",
                "Wire", "Import",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // The service.
        .executableTarget(
            name: "twostepd",
            dependencies: [
                "PAMApplication", "Drawing", "Commands", "Linux", "Crypto", "TwostepCore", "Vault", "Wire", "Notices",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // What scripts/fuzz links with libFuzzer.
        .target(
            name: "ProtocolFuzz",
            dependencies: [
                "Commands", "Linux", "Crypto", "TwostepCore", "Vault", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzz", exclude: ["make_seeds.py", "corpus"], swiftSettings: settings),

        .testTarget(
            name: "CryptoTests", dependencies: ["Crypto"], resources: [.copy("Vectors")], swiftSettings: settings),
        .testTarget(
            name: "TwostepCoreTests", dependencies: ["TwostepCore", "Doctor", "Crypto", "Linux", "Wire"],
            swiftSettings: settings),
        .testTarget(name: "DrawingTests", dependencies: ["Drawing", "Crypto"], swiftSettings: settings),
        .testTarget(
            name: "ImportTests", dependencies: ["Import", "TwostepCore", "Crypto"], swiftSettings: settings),
        .testTarget(
            name: "NoticesTests", dependencies: ["Notices", "TwostepCore", "Crypto"], swiftSettings: settings),
        .testTarget(
            name: "DoctorTests", dependencies: ["Doctor", "CPAMApplication", "TwostepCore"], swiftSettings: settings),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Commands", "Notices", "TwostepCore", "Vault", "Crypto", "Linux", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "VaultTests", dependencies: ["Vault", "TwostepCore", "Crypto", "Linux"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
