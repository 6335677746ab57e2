import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, rmdir
from conan.tools.gnu import PkgConfigDeps

required_conan_version = ">=2.0"


class KedgeConan(ConanFile):
    name = "kedge"
    version = "@VERSION@"
    description = "A Socket.IO server in C++20"
    license = "MIT"
    url = "@HOME@"
    homepage = "@HOME@"
    topics = ("socket.io", "websocket", "server")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True, "boost/*:header_only": True}

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self, src_folder="src")

    def requirements(self):
        self.requires("boost/[>=1.81 <2]")
        self.requires("brotli/[>=1.0.9 <2]")
        self.requires("libxcrypt/4.4.36")
        self.requires("llhttp/[>=8 <10]")
        self.requires("openssl/[>=3 <4]")
        self.requires("pcre2/[>=10.40 <11]")
        self.requires("rapidjson/cci.20230929")
        self.requires("zlib/[>=1.2.11 <2]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25]")
        self.tool_requires("pkgconf/[>=2 <3]")

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("kedge runs on Linux")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "NODE", "BENCH"):
            toolchain.cache_variables[f"KEDGE_BUILD_{part}"] = False
        # The library of Conan, not the source that Debian's package node-llhttp has.
        toolchain.cache_variables["LLHTTP_SOURCE_DIR"] = ""
        toolchain.generate()
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan makes both of these itself.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.libs = ["kedge"]
        self.cpp_info.system_libs = ["pthread"]
        self.cpp_info.set_property("cmake_file_name", "kedge")
        self.cpp_info.set_property("cmake_target_name", "kedge::kedge")
        self.cpp_info.set_property("pkg_config_name", "kedge")
